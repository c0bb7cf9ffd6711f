import type { Command, Flag, Flags, ParsedArguments } from './command.ts';
import { usageError } from './input-error.ts';

/** Flags and positional arguments as they were written, before a command's own definitions are applied. */
type WrittenArguments = Readonly<Record<string, unknown>>;

/** Keys of yargs' own in its result. */
const RESERVED: ReadonlySet<string> = new Set(['_', '$0']);

/**
 * The arguments of one command, checked against its flags.
 * @throws {InputError} with kubectl's wording for flags that are unknown, lack a value or have a bad one.
 */
export async function readArguments(
  command: Command,
  argv: readonly string[],
): Promise<ParsedArguments> {
  const flags = Object.entries(command.flags);
  for (const [name, flag] of flags) refuseBadSwitch(name, flag, argv);
  const written = await writtenArguments(command, argv);
  refuseUnknown(command, written);
  const values = flags.map(([name, flag]) => [name, readFlag(name, flag, written[name])] as const);
  return { ...Object.fromEntries(values), _: readPositionals(command, written['_']) };
}

/** Words alone need no parser, which takes longer to load than everything else of `version`. */
async function writtenArguments(
  command: Command,
  argv: readonly string[],
): Promise<WrittenArguments> {
  if (!argv.some((argument) => argument.startsWith('-'))) return { _: argv };
  const { parseFlags } = await import('./yargs.ts');
  return parseFlags(command.flags, normalizeFlags(command.flags, argv));
}

/**
 * Brings flags into the one form `--name=value`, as kubectl reads them: letters one after the other until one
 * takes a value (`-Rf dir`, `-ojson`), and a value may start with a dash (`--key -`).
 */
function normalizeFlags(flags: Flags, argv: readonly string[]): readonly string[] {
  const normal: string[] = [];
  const waiting = argv.values();
  for (const argument of waiting) {
    if (argument === '--') return [...normal, '--', ...waiting];
    for (const part of splitLetters(flags, argument)) {
      const value = takesValue(flags, part) ? waiting.next().value : undefined;
      normal.push(value === undefined ? part : `${part}=${value}`);
    }
  }
  return normal;
}

function takesValue(flags: Flags, part: string): boolean {
  const name = part.slice(2);
  return part.startsWith('--') && Object.hasOwn(flags, name) && flags[name]?.kind !== 'switch';
}

/** `-Rfdir` as `--recursive --filename=dir`; letters that are no flag stay as they are, to be refused. */
function splitLetters(flags: Flags, argument: string): readonly string[] {
  if (!/^-[A-Za-z]/.test(argument)) return [argument];
  const [letter = '', ...others] = argument.slice(1);
  const rest = others.join('');
  const found = Object.entries(flags).find(([, { short }]) => short === letter);
  if (found === undefined) return [argument];
  const [name, flag] = found;
  if (rest === '') return [`--${name}`];
  if (flag.kind === 'switch' && !rest.startsWith('=')) {
    return [`--${name}`, ...splitLetters(flags, `-${rest}`)];
  }
  return [`--${name}=${rest.replace(/^=/, '')}`];
}

function refuseUnknown(command: Command, parsed: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(parsed)) {
    if (RESERVED.has(key) || Object.hasOwn(command.flags, key)) continue;
    const shown = key.length === 1 ? `shorthand flag: "${key}"` : `flag: --${key}`;
    throw usageError(`unknown ${shown}`);
  }
}

/** yargs takes any other value for "false". */
function refuseBadSwitch(name: string, flag: Flag, argv: readonly string[]): void {
  if (flag.kind !== 'switch') return;
  const prefix = `--${name}=`;
  const value = argv.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
  if (value === undefined || value === 'true' || value === 'false') return;
  throw usageError(`invalid argument "${value}" for "--${name}" flag: must be true or false`);
}

function readFlag(name: string, flag: Flag, found: unknown): unknown {
  const given = found === undefined ? [] : Array.isArray(found) ? found.map(String) : [found];
  switch (flag.kind) {
    case 'switch':
      return given.length === 0 ? (flag.default ?? false) : given.at(-1) === true;
    case 'list':
      return given.map((value) => valueOf(name, value));
    case 'string': {
      if (given.length === 0) return flag.default;
      return oneOf(name, flag.choices, valueOf(name, given.at(-1)));
    }
  }
}

function valueOf(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw usageError(`flag needs an argument: --${name}`);
}

function oneOf(name: string, choices: readonly string[] | undefined, value: string): string {
  if (choices === undefined || choices.includes(value)) return value;
  // cli-runtime's own words for a printer that does not exist
  if (name === 'output') {
    throw usageError(
      `unable to match a printer suitable for the output format "${value}", allowed formats are: ${choices.join(',')}`,
    );
  }
  throw usageError(
    `invalid argument "${value}" for "--${name}" flag: must be one of ${choices.join(', ')}`,
  );
}

function readPositionals(command: Command, found: unknown): readonly string[] {
  const values = Array.isArray(found) ? found.map(String) : [];
  const { usage, min, max } = command.positionals;
  if (values.length < min) throw usageError(`missing argument: expected ${usage}`);
  const extra = values[max];
  if (extra === undefined) return values;
  const wanted = max === 0 ? 'takes no arguments' : `takes ${usage}`;
  throw usageError(`unexpected argument "${extra}": ${command.name} ${wanted}`);
}
