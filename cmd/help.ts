import type { Command, Flag } from './command.ts';

/** How users call it; kubectl finds the executable by this name. */
export const PROGRAM = 'kubectl sign-policy';

const ABOUT = `Only signed container images in your clusters: verifies image signatures and pins tags to the digests
that were verified.`;

/** Indent of flags and commands, and the gap between a name and its text. */
const INDENT = 2;
const GAP = 3;
/** Longer flags have their text on a line of its own. */
const MAX_NAME = 34;

/** Help of the program: what it is, and its commands. */
export function programHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, describe }) => [name, describe] as const);
  return sections([
    ABOUT,
    `Usage:\n${indent(`${PROGRAM} COMMAND [flags]`)}`,
    `Commands:\n${columns(rows)}`,
    `Use "${PROGRAM} COMMAND --help" for more about a command.`,
  ]);
}

/** Help of one command, in kubectl's order: what it does, examples, options, usage. */
export function commandHelp(command: Command): string {
  const usage = [PROGRAM, command.name, command.positionals.usage, '[flags]'].filter(Boolean);
  const examples = command.examples.map(({ comment, command }) =>
    indent(`# ${comment}\n${command}`),
  );
  const flags = Object.entries(command.flags).map(
    ([name, flag]) => [flagName(name, flag), flagText(flag)] as const,
  );
  return sections([
    command.about,
    `Examples:\n${examples.join('\n\n')}`,
    ...(flags.length === 0 ? [] : [`Options:\n${columns(flags)}`]),
    `Usage:\n${indent(usage.join(' '))}`,
  ]);
}

function flagName(name: string, flag: Flag): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const value = flag.kind === 'switch' ? '' : ` ${flag.value}`;
  return `${short}--${name}${value}`;
}

function flagText(flag: Flag): string {
  const notes = [
    flag.kind === 'string' && flag.choices !== undefined ? `one of ${flag.choices.join(', ')}` : '',
    flag.kind === 'list' ? 'may be repeated' : '',
    flag.kind !== 'list' && flag.default !== undefined && flag.default !== false
      ? `default ${String(flag.default)}`
      : '',
  ].filter((note) => note !== '');
  return notes.length === 0 ? flag.describe : `${flag.describe} (${notes.join('; ')})`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(MAX_NAME, Math.max(...rows.map(([name]) => name.length)));
  return rows
    .map(([name, text]) => {
      const separator =
        name.length > width
          ? `\n${' '.repeat(width + GAP)}`
          : ' '.repeat(width + GAP - name.length);
      return indent(`${name}${separator}${text}`);
    })
    .join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(INDENT));
}

function sections(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
