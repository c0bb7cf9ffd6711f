import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseConfig } from '#server/config.ts';
import { createLog } from '#server/observe/log.ts';
import { type OpenedTrustRoots, openTrustRoots } from '#server/trust/open-trust-roots.ts';
import { systemClock } from '#shared/base/clock.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import type { TrustMaterial } from '#shared/trust/trust-material.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { until } from '#test/support/kube/until.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';

const [first, second, third] = [1, 2, 3].map(() =>
  JSON.stringify(createVirtualSigstore().trustedRoot()),
) as [string, string, string];

let directory: string;
let fake: FakeKube;
let kube: Kube;
const stop = new AbortController();

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-roots-'));
  fake = await startFakeKube();
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, fake.kubeconfig());
  kube = await openKube({ kubeconfig });
});

after(async () => {
  stop.abort();
  await fake.close();
  await rm(directory, { recursive: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
  return path;
}

function putConfigMap(name: string, data: Readonly<Record<string, string>>): void {
  fake.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'trust' }, data });
}

async function open(...flags: readonly string[]): Promise<OpenedTrustRoots> {
  const parsed = parseConfig(['--policies', directory, ...flags], {});
  assert.ok(parsed.kind === 'run');
  const log = createLog('error', { write: () => undefined });
  const { trust: config } = parsed.config;
  return openTrustRoots({ config, kube, clock: systemClock, log, signal: stop.signal });
}

/** Fingerprints of the roots that are believed. */
function anchorsOf(material: TrustMaterial | undefined): readonly string[] {
  return (material?.certificateAuthorities ?? []).flatMap(({ anchors }) =>
    anchors.map(({ fingerprint }) => fingerprint),
  );
}

function anchorsIn(...texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => anchorsOf(readTrustedRoot(text).material));
}

test('--trusted-root given twice believes both, and follows each', async () => {
  const paths = [await file('one.json', first), await file('two.json', second)];
  const { roots } = await open(...paths.flatMap((path) => ['--trusted-root', path]));
  const material = roots.get(undefined);
  assert.deepEqual(anchorsOf(material), anchorsIn(first, second));
  await roots.refresh();
  assert.equal(roots.get(undefined), material, 'the same roots stay the same object');
  await file('two.json', third);
  await until('the new root', () =>
    anchorsOf(roots.get(undefined)).includes(anchorsIn(third)[0] ?? ''),
  );
  assert.deepEqual(anchorsOf(roots.get(undefined)), anchorsIn(first, third));
});

test('--trusted-root k8s:// believes what a ConfigMap holds, and keeps the last good one', async () => {
  putConfigMap('root', { 'trusted_root.json': first });
  const { roots, need } = await open('--trusted-root', 'k8s://trust/root');
  assert.equal(roots.get(undefined), undefined, 'nothing is asked before a policy needs it');
  need();
  await until('the root', () => roots.get(undefined) !== undefined);
  assert.deepEqual(anchorsOf(roots.get(undefined)), anchorsIn(first));
  putConfigMap('root', { 'trusted_root.json': second });
  await roots.refresh();
  assert.deepEqual(anchorsOf(roots.get(undefined)), anchorsIn(second));
  putConfigMap('root', { 'trusted_root.json': '{}' });
  await roots.refresh();
  assert.deepEqual(anchorsOf(roots.get(undefined)), anchorsIn(second));
  assert.match(roots.status()[0]?.error ?? '', /^Cannot read trusted root: /);
});

const MISSING: readonly (readonly [string, RegExp])[] = [
  [
    'k8s://trust/none',
    /^Cannot read trust root: there is no ConfigMap "none" in namespace "trust"$/,
  ],
  [
    'k8s://trust/other/root.json',
    /^Cannot read trust root: "root\.json" is not in ConfigMap "other"/,
  ],
];

for (const [reference, message] of MISSING) {
  test(`--trusted-root ${reference} that is not there is told, and awaited`, async () => {
    putConfigMap('other', { 'other.json': first });
    const { roots } = await open('--trusted-root', reference);
    await roots.refresh();
    assert.equal(roots.get(undefined), undefined);
    assert.match(roots.status()[0]?.error ?? '', message);
  });
}

test('of several trust roots all must have been there once: else nothing is believed yet', async () => {
  const path = await file('three.json', first);
  const { roots } = await open('--trusted-root', path, '--trusted-root', 'k8s://trust/late/a.json');
  assert.equal(roots.get(undefined), undefined);
  putConfigMap('late', { 'a.json': second });
  await roots.refresh();
  assert.deepEqual(anchorsOf(roots.get(undefined)), anchorsIn(first, second));
});

test('--trusted-root k8s:// is a fault without a cluster, and where it names no ConfigMap', async () => {
  const parsed = parseConfig(['--policies', directory, '--trusted-root', 'k8s://trust/root'], {});
  assert.ok(parsed.kind === 'run');
  const log = createLog('error', { write: () => undefined });
  const config = parsed.config.trust;
  const options = { config, kube: undefined, clock: systemClock, log, signal: stop.signal };
  await assert.rejects(openTrustRoots(options), {
    code: 'BAD_FLAG',
    message:
      'Cannot read flag --trusted-root: it names a ConfigMap, and there is no cluster (--kubeconfig)',
  });
  await assert.rejects(open('--trusted-root', 'k8s://Trust'), {
    code: 'BAD_FLAG',
    message:
      'Cannot read flag --trusted-root: it holds "k8s://Trust", k8s://NAMESPACE/NAME or k8s://NAMESPACE/NAME/KEY of a ConfigMap is wanted',
  });
});
