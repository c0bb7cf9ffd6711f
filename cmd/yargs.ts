import yargs, { type Options } from 'yargs';
import type { Flags } from './command.ts';

/** yargs-parser settings that make flags behave as kubectl's do. */
const PARSER: Readonly<Record<string, boolean>> = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  // `--flag a --flag b` is a list for yargs; for single values the last one wins, below.
  'duplicate-arguments-array': true,
  'parse-numbers': false,
  'parse-positional-numbers': false,
};

/** What is written on a command line, by flag name; the only place that knows yargs. */
export function parseFlags(
  flags: Flags,
  argv: readonly string[],
): Readonly<Record<string, unknown>> {
  const options = Object.entries(flags).map(([name, { kind }]): [string, Options] => [
    name,
    { type: kind === 'switch' ? 'boolean' : 'string' },
  ]);
  return yargs([...argv])
    .options(Object.fromEntries(options))
    .parserConfiguration(PARSER)
    .help(false)
    .version(false)
    .exitProcess(false)
    .parseSync();
}
