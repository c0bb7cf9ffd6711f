import type { Command, Flag } from '../command.ts';
import { SHELLS } from './script.ts';

/** cobra's ShellCompDirective bits that kubectl understands. */
const FILES = 0;
const NO_FILES = 4;

export interface Completion {
  readonly candidates: readonly { readonly value: string; readonly describe: string }[];
  readonly directive: number;
}

/** Placeholders of values that name files. */
const FILE_VALUES = /FILE|DIR/;

/** Words that complete the positional arguments of a command. */
const POSITIONALS: ReadonlyMap<string, readonly string[]> = new Map([
  ['completion', SHELLS],
  [
    'dry-run',
    ['pods', 'deployments', 'statefulsets', 'daemonsets', 'replicasets', 'jobs', 'cronjobs'],
  ],
]);

/** What may stand in place of the last of `words`, which the user is typing. */
export function completeWords(commands: readonly Command[], words: readonly string[]): Completion {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = commands.find(({ name }) => before.includes(name));
  if (command === undefined) {
    const values = commands.map(({ name, describe }) => ({ value: name, describe }));
    return startingWith(typed, values, NO_FILES);
  }
  const awaited = awaitedFlag(command, before.at(-1) ?? '');
  if (awaited !== undefined) return completeValue(awaited, typed, '');
  if (typed.startsWith('-')) return completeFlag(command, typed);
  if (FILE_VALUES.test(command.positionals.usage)) return { candidates: [], directive: FILES };
  return startingWith(typed, plain(POSITIONALS.get(command.name) ?? []), NO_FILES);
}

/** The lines of kubectl's completion protocol. */
export function formatCompletion({ candidates, directive }: Completion): string {
  const lines = candidates.map(({ value, describe }) =>
    describe === '' ? value : `${value}\t${describe}`,
  );
  return `${[...lines, `:${directive}`].join('\n')}\n`;
}

/** The flag that `word` names, if it still waits for its value. */
function awaitedFlag(command: Command, word: string): Flag | undefined {
  const found = Object.entries(command.flags).find(
    ([name, flag]) => word === `--${name}` || word === `-${flag.short ?? ''}`,
  );
  return found === undefined || found[1].kind === 'switch' ? undefined : found[1];
}

function completeFlag(command: Command, typed: string): Completion {
  const equals = typed.indexOf('=');
  if (equals > 0) {
    const flag = awaitedFlag(command, typed.slice(0, equals));
    return flag === undefined
      ? { candidates: [], directive: NO_FILES }
      : completeValue(flag, typed, typed.slice(0, equals + 1));
  }
  const values = Object.entries(command.flags).map(([name, { describe }]) => ({
    value: `--${name}`,
    describe,
  }));
  return startingWith(typed, values, NO_FILES);
}

function completeValue(flag: Flag, typed: string, prefix: string): Completion {
  if (flag.kind === 'string' && flag.choices !== undefined) {
    return startingWith(typed, plain(flag.choices.map((choice) => prefix + choice)), NO_FILES);
  }
  const takesFile = flag.kind !== 'switch' && FILE_VALUES.test(flag.value);
  return { candidates: [], directive: takesFile ? FILES : NO_FILES };
}

function plain(values: readonly string[]): Completion['candidates'] {
  return values.map((value) => ({ value, describe: '' }));
}

function startingWith(
  typed: string,
  values: Completion['candidates'],
  directive: number,
): Completion {
  return { candidates: values.filter(({ value }) => value.startsWith(typed)), directive };
}
