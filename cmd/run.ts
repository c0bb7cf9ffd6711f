import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import type { Context } from './context.ts';
import type { Environment } from './environment.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { commandHelp, programHelp } from './help.ts';
import { usageError } from './input-error.ts';
import { printableText } from './print/printable-text.ts';
import { styleFor } from './print/style.ts';
import { reportError } from './report-error.ts';
import type { Streams } from './streams.ts';

/** Runs one command line inside this process and answers with its exit code; never throws. */
export async function run(
  argv: readonly string[],
  streams: Streams,
  env: Environment,
): Promise<ExitCode> {
  const name = argv.find((argument) => !argument.startsWith('-'));
  const command = commands.find((known) => known.name === name);
  try {
    if (command !== undefined) return await runCommand(command, argv, { streams, env });
    return answerWithout(name, argv, streams);
  } catch (thrown) {
    return reportError(thrown, streams.stderr, command?.name);
  }
}

async function runCommand(
  command: Command,
  argv: readonly string[],
  world: { streams: Streams; env: Environment },
): Promise<ExitCode> {
  if (asksForHelp(argv)) {
    world.streams.stdout.write(commandHelp(command));
    return EXIT.ok;
  }
  const rest = argv.toSpliced(argv.indexOf(command.name), 1);
  const args = await readArguments(command, rest);
  return await command.execute(args, contextOf(world.streams, world.env));
}

/** No known command: help where it was asked for (or nothing was), an error otherwise. */
function answerWithout(
  name: string | undefined,
  argv: readonly string[],
  streams: Streams,
): ExitCode {
  if (name === 'help' || (name === undefined && (argv.length === 0 || asksForHelp(argv)))) {
    const subject = commands.find((known) => known.name === argv[argv.indexOf('help') + 1]);
    streams.stdout.write(subject === undefined ? programHelp(commands) : commandHelp(subject));
    return EXIT.ok;
  }
  if (name === undefined) throw usageError(`unknown flag: ${argv[0] ?? ''}`);
  throw usageError(`unknown command "${name}"`);
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return flags.includes('--help') || flags.includes('-h');
}

function contextOf(streams: Streams, env: Environment): Context {
  const seen = new Set<string>();
  const paint = styleFor(streams.stderr, env);
  return {
    streams,
    env,
    style: styleFor(streams.stdout, env),
    warn: (message) => {
      if (seen.has(message)) return;
      seen.add(message);
      streams.stderr.write(`${paint('yellow', 'Warning:')} ${printableText(message)}\n`);
    },
  };
}
