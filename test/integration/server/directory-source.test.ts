import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createLog } from '#server/observe/log.ts';
import { startDirectorySource } from '#server/policy/directory-source.ts';
import type { SourceState } from '#server/policy/policy-store.ts';
import { until } from '#test/support/kube/until.ts';
import { policyText } from './policy-fixture.ts';

let directory: string;
let stop: AbortController;
let states: SourceState[];
let lines: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-files-'));
  stop = new AbortController();
  states = [];
  lines = [];
});

afterEach(async () => {
  stop.abort();
  await rm(directory, { recursive: true, force: true });
});

async function start(): Promise<void> {
  await startDirectorySource({
    directory,
    exceptionNamespaces: ['team'],
    publish: (state) => void states.push(state),
    log: createLog('info', { write: (line) => void lines.push(line) }),
    signal: stop.signal,
  });
}

async function put(name: string, text: string): Promise<void> {
  await writeFile(join(directory, name), text);
}

function names(): readonly string[] {
  return states.at(-1)?.policies.map(({ name }) => name) ?? [];
}

async function waitForNames(...wanted: readonly string[]): Promise<void> {
  await until(`policies ${wanted.join(', ')}`, () => names().join() === wanted.join());
}

test('reads YAML and JSON files, several documents each, and leaves other things out with a word', async () => {
  await put('a.yaml', `${policyText('a1')}---\n${policyText('a2')}`);
  await put('b.yml', policyText('b'));
  await put(
    'c.json',
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }),
  );
  await put(
    'd.yaml',
    'apiVersion: kyverno.io/v2\nkind: CleanupPolicy\nmetadata: { name: d, namespace: team }\nspec: {}\n',
  );
  await put('.hidden.yaml', 'not: [valid');
  await put('README.md', '# hello');
  await mkdir(join(directory, 'sub.yaml'));
  await start();
  assert.deepEqual(names(), ['a1', 'a2', 'b']);
  assert(lines.some((line) => line.includes('ConfigMap \\"c\\" is no policy and is left out')));
  assert(
    lines.some((line) => line.includes('CleanupPolicy \\"team/d\\" is left to other engines')),
  );
});

test('MNH-06 a policy whose file gets another name and a fault at once stays in force', async () => {
  await put('a.yaml', policyText('a'));
  await put('b.yaml', policyText('b'));
  await start();
  await rename(join(directory, 'a.yaml'), join(directory, 'c.yaml'));
  await put('c.yaml', policyText('c').replace('kinds:', 'kindz:'));
  await until('the problem', () => (states.at(-1)?.problems.length ?? 0) > 0);
  assert.deepEqual([...names()].toSorted(), ['a', 'b']);
  await put('b.yaml', policyText('b2'));
  await until('another look', () => names().includes('b2'));
  assert.deepEqual([...names()].toSorted(), ['a', 'b2']);
  await put('c.yaml', policyText('c'));
  await waitForNames('b2', 'c');
});

const UNUSABLE: readonly (readonly [string, Record<string, string>, string, RegExp])[] = [
  [
    'an empty directory',
    {},
    'NO_POLICIES',
    /it holds no \.yaml, \.yml or \.json file, at least one policy is wanted$/,
  ],
  [
    'a directory without policies',
    { 'a.yaml': 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n' },
    'NO_POLICIES',
    /it holds 1 files without a policy, at least one policy is wanted$/,
  ],
  [
    'malformed YAML',
    { 'a.yaml': 'kind: [', 'b.yaml': policyText('b') },
    'BAD_POLICY',
    /a\.yaml"? ?:?.*1/,
  ],
  [
    'a policy with a fault',
    { 'a.yaml': policyText('a').replace('kinds:', 'kindz:') },
    'BAD_POLICY',
    /a\.yaml:11:\d+: spec\.rules\[0\]\.match\.any\[0\]\.resources\.kindz: /,
  ],
];

for (const [title, files, code, message] of UNUSABLE) {
  test(`MNH-05 ${title} is an error at the start`, async () => {
    for (const [name, text] of Object.entries(files)) await put(name, text);
    await assert.rejects(start(), (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert(error.message.startsWith(`Cannot use policy directory "${directory}":`));
      assert.match(error.message, message);
      return true;
    });
  });
}

test('a directory that is not there is an error at the start', async () => {
  await rm(directory, { recursive: true });
  await assert.rejects(start(), {
    code: 'BAD_FILE',
    message: /^Cannot read policy directory ".*": ENOENT/,
  });
});

test('changed, new and removed files take effect without a restart', async () => {
  await put('a.yaml', policyText('a'));
  await start();
  await put('b.yaml', policyText('b'));
  await waitForNames('a', 'b');
  await put('a.yaml', policyText('changed'));
  await waitForNames('changed', 'b');
  await unlink(join(directory, 'a.yaml'));
  await waitForNames('b');
});

test('MNH-18 a file that breaks keeps its last good policies, and the problem is told once', async () => {
  await put('a.yaml', policyText('a'));
  await put('b.yaml', policyText('b'));
  await start();
  await put('a.yaml', 'kind: [');
  await until('the problem', () => states.at(-1)?.problems.length === 1);
  assert.deepEqual(names(), ['a', 'b']);
  await put('b.yaml', policyText('b2'));
  await waitForNames('a', 'b2');
  assert.equal(
    lines.filter((line) => line.includes('a.yaml') && line.includes('"policy file"')).length,
    1,
  );
  await put('a.yaml', policyText('repaired'));
  await waitForNames('repaired', 'b2');
  assert.deepEqual(states.at(-1)?.problems, []);
});

test('MNH-18 a directory that loses its files, or goes away, keeps the last good policies', async () => {
  await put('a.yaml', policyText('a'));
  await start();
  await unlink(join(directory, 'a.yaml'));
  await until('the problem', () =>
    states.at(-1)?.problems[0]?.includes('it holds no policy any more'),
  );
  assert.deepEqual(names(), ['a']);
});

test('a mounted ConfigMap, which the kubelet updates by swapping the link ..data, is followed', async () => {
  const mount = async (version: string, name: string): Promise<void> => {
    await mkdir(join(directory, `..${version}`));
    await writeFile(join(directory, `..${version}`, 'policy.yaml'), policyText(name));
    await symlink(`..${version}`, join(directory, '..data_tmp'));
    await rename(join(directory, '..data_tmp'), join(directory, '..data'));
  };
  await mount('v1', 'one');
  await symlink('..data/policy.yaml', join(directory, 'policy.yaml'));
  await start();
  assert.deepEqual(names(), ['one']);
  await mount('v2', 'two');
  await waitForNames('two');
});
