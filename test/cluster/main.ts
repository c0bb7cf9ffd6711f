// Started by `npm run test:cluster`: builds what the tests need, then runs them. With
// SIGN_POLICY_TEST_KEEP=1 the folders of the clusters stay, with the logs of all programs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { messageOf } from '#shared/base/coded-error.ts';
import { ensureTools } from '#test/tools/build-tools.ts';
import { TOOLS } from '#test/tools/tool-table.ts';
import type { ToolName } from '#test/tools/tool-table.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const SUITES = ['test/cluster/**/*.test.ts', 'test/interop/**/*.test.ts'];

/** A file that takes longer hangs. */
const FILE_TIMEOUT_MILLISECONDS = 600_000;

async function main(patterns: readonly string[]): Promise<number> {
  await ensureTools(Object.keys(TOOLS) as ToolName[]);
  const built = await runNode(['test/build/bundle.ts']);
  if (built !== 0) {
    return built;
  }
  return runNode([
    '--test',
    // Each file has a control plane of its own; two at a time would be slower on two cores.
    '--test-concurrency=1',
    `--test-timeout=${FILE_TIMEOUT_MILLISECONDS}`,
    ...(patterns.length > 0 ? patterns : SUITES),
  ]);
}

async function runNode(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`error: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
