import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pod } from '#test/support/admission/objects.ts';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';
import { DIST } from './bench-webhook.ts';
import { markdownTable, median, quantile } from './statistics.ts';

const RUNS = 15;
const MANIFESTS = 100;

/** Milliseconds of whole runs of a command, one warm-up first. */
function runs(command: string, args: readonly string[]): readonly number[] {
  const times = Array.from({ length: RUNS + 1 }, () => {
    const start = performance.now();
    const { error } = spawnSync(command, args, { stdio: 'ignore' });
    if (error !== undefined) throw error;
    return performance.now() - start;
  });
  return times.slice(1);
}

/** Whole-process times of the bundled plugin. */
export async function benchPluginStart(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sign-policy-bench-'));
  const manifests = join(folder, 'manifests');
  await mkdir(manifests);
  for (let index = 0; index < MANIFESTS; index += 1) {
    const object = pod([`registry.example/app-${index}@sha256:${'a'.repeat(64)}`]);
    await writeFile(join(manifests, `pod-${index}.yaml`), JSON.stringify(object));
  }
  await writeFile(join(folder, 'policy.yaml'), DIGEST_PATTERN_POLICY);
  const plugin = join(DIST, 'kubectl-sign_policy');
  const commands: readonly (readonly [string, string, readonly string[]])[] = [
    ['node -e 0 (the floor)', process.execPath, ['-e', '0']],
    ['--help', plugin, ['--help']],
    ['version', plugin, ['version']],
    [
      `dry-run of ${MANIFESTS} manifests, offline`,
      plugin,
      ['dry-run', '-f', manifests, '-p', join(folder, 'policy.yaml')],
    ],
  ];
  const rows = commands.map(([name, command, args]) => {
    const times = runs(command, args);
    return [
      name,
      median(times).toFixed(0),
      quantile(times, 0).toFixed(0),
      quantile(times, 1).toFixed(0),
    ];
  });
  await rm(folder, { recursive: true });
  return markdownTable(['plugin, whole process', 'median ms', 'min', 'max'], rows);
}
