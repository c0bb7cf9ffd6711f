// Started by `npm run test:unit` with the patterns of its files: two processes, since most machines have as many
// processors, each with half of them. A process for each file takes longer to start than most files take to run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';

const PROCESSES = 2;

/** A file that takes longer hangs. */
const TIMEOUT_MILLISECONDS = 120_000;

async function run(files: readonly string[]): Promise<number> {
  const flags = ['--test', '--test-isolation=none', `--test-timeout=${TIMEOUT_MILLISECONDS}`];
  const child = spawn(process.execPath, [...flags, ...files], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

const files = globSync(process.argv.slice(2)).toSorted();
if (files.length < PROCESSES) throw new Error(`found ${files.length} test files`);
const codes = await Promise.all(
  Array.from({ length: PROCESSES }, async (_, part) =>
    run(files.filter((_file, index) => index % PROCESSES === part)),
  ),
);
process.exitCode = Math.max(...codes);
