import { run } from '#cmd/run.ts';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Both output streams claim to be terminals. */
  readonly isTTY?: boolean;
}

/** Runs a command line of the plugin in this process, with captured streams and an environment of its own. */
export async function runCli(
  argv: readonly string[],
  { env = {}, stdin = '', isTTY = false }: CliOptions = {},
): Promise<CliResult> {
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    write: (text: string): void => {
      written[name] += text;
    },
    isTTY,
    columns: 80,
  });
  const streams = {
    stdout: output('stdout'),
    stderr: output('stderr'),
    readStdin: () => Promise.resolve(stdin),
  };
  const code = await run(argv, streams, { HOME: '/nonexistent', ...env });
  return { code, ...written };
}
