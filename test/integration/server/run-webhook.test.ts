import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { runWebhook } from '#server/run-webhook.ts';
import { until } from '#test/support/kube/until.ts';
import { POLICY } from './policy-fixture.ts';

let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-run-'));
  await writeFile(join(directory, 'policy.yaml'), POLICY);
});

after(() => rm(directory, { recursive: true }));

interface Run {
  readonly code: Promise<number>;
  readonly process: EventEmitter;
  readonly lines: readonly string[];
  readonly output: () => { readonly stdout: string; readonly stderr: string };
}

function run(...argv: readonly string[]): Run {
  const process = new EventEmitter();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const lines: string[] = [];
  const code = runWebhook(argv, {
    env: { HOME: directory },
    process,
    stdout,
    stderr,
    logDestination: { write: (line) => void lines.push(line) },
  });
  const text = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? '');
  return { code, process, lines, output: () => ({ stdout: text(stdout), stderr: text(stderr) }) };
}

function runHere(...argv: readonly string[]): Run {
  return run('--policies', directory, '--listen', '127.0.0.1:0', '--drain-seconds', '0', ...argv);
}

test('--help and --version answer on stdout with 0', async () => {
  const help = run('--help');
  assert.equal(await help.code, 0);
  assert.match(help.output().stdout, /^sign-policy-webhook verifies/);
  const version = run('--version');
  assert.equal(await version.code, 0);
  assert.match(version.output().stdout, /^\d+\.\d+\.\d+\n$/);
});

const FAULTS: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  [
    'an unknown flag',
    ['--nope'],
    2,
    /^sign-policy-webhook: Cannot read the flags: Unknown option "--nope"\nRun /,
  ],
  ['no source of policies', [], 2, /^sign-policy-webhook: Cannot find policies: /],
  [
    'a directory that is not there',
    ['--policies', '/no/such'],
    2,
    /^sign-policy-webhook: Cannot read policy directory/,
  ],
  [
    'a kubeconfig that is not there',
    ['--kubeconfig', '/no/such'],
    1,
    /^sign-policy-webhook: Cannot read kubeconfig file "\/no\/such": there is no such file\n$/,
  ],
];

for (const [title, argv, code, message] of FAULTS) {
  test(`MNH-21 ${title} is one message and exit code ${code}`, async () => {
    const started = run(...argv);
    assert.equal(await started.code, code);
    assert.match(started.output().stderr, message);
  });
}

for (const [title, content] of [
  ['missing', undefined],
  ['no PEM', 'hello'],
] as const) {
  test(`MNH-21 a registry CA file that is ${title} is one message and exit code 2`, async () => {
    const file = join(directory, `ca-${title}`);
    if (content !== undefined) await writeFile(file, content);
    const started = runHere('--registry-ca-file', file);
    assert.equal(await started.code, 2);
    assert.match(
      started.output().stderr,
      /^sign-policy-webhook: Cannot (?:read|use) registry CA file "/,
    );
  });
}

async function listening({ lines }: Run): Promise<void> {
  await until('listening', () => lines.some((line) => line.includes('"listening"')));
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} ends it with 0 after draining`, async () => {
    const started = runHere();
    await listening(started);
    started.process.emit(signal, signal);
    assert.equal(await started.code, 0);
    assert(started.lines.some((line) => line.includes('"draining"')));
    assert(started.lines.at(-1)?.includes('"stopped"'));
  });
}

for (const event of ['uncaughtException', 'unhandledRejection']) {
  test(`MNH-06 an ${event} is logged and ends it with 1`, async () => {
    const started = runHere();
    await listening(started);
    started.process.emit(event, new Error('nobody caught this'));
    assert.equal(await started.code, 1);
    assert(
      started.lines.some((line) => line.includes('nobody caught this') && line.includes(event)),
    );
  });
}
