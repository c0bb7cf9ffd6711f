import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Registry } from 'prom-client';
import { createLog } from '#server/observe/log.ts';
import { createMetrics } from '#server/observe/metrics.ts';
import { createPolicySet, type PolicySet } from '#server/policy/policy-set.ts';
import { AdmissionReports } from '#server/report/admission-reports.ts';
import { createJudgeStored } from '#server/report/judge-stored.ts';
import { ObjectReports } from '#server/report/object-reports.ts';
import { ReportTarget } from '#server/report/report-target.ts';
import { ReportWriter } from '#server/report/report-writer.ts';
import { BackgroundScan } from '#server/scan/background-scan.ts';
import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import type { Kube, KubeObject } from '#shared/kube/kube.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import { rowsOf } from '#shared/report/report-content.ts';
import { startEngine, type TestEngine } from '#test/support/admission/engine.ts';
import { deployment, pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom, verifyPolicy } from '#test/support/admission/policies.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { OPEN_REPORTS, POLICY_REPORTS } from '#test/support/kube/served-types.ts';
import { until } from '#test/support/kube/until.ts';
import { startRegistry, type TestRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage } from '#test/support/signer/signed-image.ts';
import { policyText } from './policy-fixture.ts';

let directory: string;
let fake: FakeKube;
let kube: Kube;
let registry: TestRegistry;
let engine: TestEngine;
let stop: AbortController;
let lines: string[];
let set: PolicySet | undefined;
let isLeader: boolean;

const key = generateSignerKey();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-reports-'));
  fake = await startFakeKube({ types: POLICY_REPORTS });
  fake.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } });
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, fake.kubeconfig());
  kube = await openKube({ kubeconfig });
  registry = await startRegistry();
  engine = startEngine();
  stop = new AbortController();
  lines = [];
  isLeader = true;
  set = createPolicySet(policiesFrom(auditPolicy()));
});

afterEach(async () => {
  stop.abort();
  await engine.close();
  await registry.close();
  await fake.close();
  await rm(directory, { recursive: true });
});

function auditPolicy(...spec: readonly string[]): string {
  return verifyPolicy({
    images: `${registry.host}/*`,
    keys: [key.publicKeyPem],
    action: 'Audit',
    entry: ['mutateDigest: false', 'verifyDigest: false', 'required: false'],
    spec,
  });
}

interface Started {
  readonly atAdmission: AdmissionReports;
  readonly scan: () => BackgroundScan;
}

/** What a replica has, without its long waits. */
function start(): Started {
  const { clock, admit } = engine;
  const { signal } = stop;
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const metrics = createMetrics(new Registry(), '1');
  const common = {
    reports: new ObjectReports({
      judge: createJudgeStored({ admit, clock }),
      writer: new ReportWriter(kube, { signal, pause: 0 }),
      metrics,
    }),
    target: new ReportTarget(kube, clock),
    policies: () => set,
    metrics,
    clock,
    log,
    signal,
  };
  return {
    atAdmission: new AdmissionReports({ ...common, delay: 10 }),
    scan: () =>
      new BackgroundScan({
        ...common,
        kube,
        leadership: { hold: async () => isLeader, release: async () => undefined },
        isExempt: (namespace) => namespace === 'kube-system',
        interval: 3_600_000,
        look: 10,
      }),
  };
}

function stored(object: JsonObject, metadata: JsonObject = {}): KubeObject {
  const own = object['metadata'] as JsonObject;
  return fake.put({ ...object, metadata: { ...own, ...metadata } });
}

function signed(repository = 'acme/app'): string {
  return putSignedImage(registry, `${repository}:v1`, { key }).reference;
}

function unsigned(): string {
  return putSignedImage(registry, 'acme/rogue:v1', { key, format: 'none' }).reference;
}

function reports(): readonly KubeObject[] {
  return fake.list('PolicyReport');
}

function reportAbout(kind: string, name = 'web'): KubeObject | undefined {
  return reports().find(
    (report) =>
      stringAt(report['scope'], 'kind') === kind && stringAt(report['scope'], 'name') === name,
  );
}

/** Rule, container, result and process of each row. */
function told(report: KubeObject | undefined): readonly (readonly unknown[])[] {
  return rowsOf(report).map(({ rule, result, properties }) => [
    rule,
    properties['container'],
    result,
    properties['process'],
  ]);
}

async function scanned(times = 1): Promise<void> {
  await until('a scan', () => lines.filter((line) => line.includes('"objects":')).length >= times);
}

function writes(): number {
  return fake.requests.filter(({ method, url }) => method === 'PATCH' && /reports/.test(url))
    .length;
}

test('reports: what audit lets in is told of under the object, with image, digest and signer', async () => {
  const object = stored(pod([signed(), unsigned()]));
  const request = requestFor(object);
  const options = { policies: set?.policies ?? [], stage: 'validate', pin: 'pods' } as const;
  const decision = await engine.admit(request, options);
  start().atAdmission.take(request, decision);
  const report = await until('the report', () => reportAbout('Pod'));
  assert.equal(report.metadata.name, `sign-policy-${stringAt(object, 'metadata', 'uid')}`);
  assert.deepEqual(told(report), [
    ['check-signature', 'c0', 'pass', 'admission review'],
    ['check-signature', 'c1', 'fail', 'admission review'],
  ]);
  assert.deepEqual(report['summary'], { pass: 1, fail: 1, skip: 0, warn: 0, error: 0 });
  const [good] = rowsOf(report);
  assert.match(good?.properties['digest'] ?? '', /^sha256:/);
  assert.match(good?.properties['signer'] ?? '', /^key sha256:[0-9a-f]{64}$/);
});

const UNTOLD: readonly (readonly [string, JsonObject, object, object])[] = [
  ['a dry run', {}, { dryRun: true }, {}],
  ['a refusal', {}, {}, { allowed: false }],
  ['an object that nothing was said of', {}, {}, { records: [] }],
  ['an object that has no UID yet', { uid: '' }, {}, {}],
];

for (const [title, metadata, request, decision] of UNTOLD) {
  test(`reports: ${title} leaves none`, async () => {
    const object = stored(pod([signed()]));
    const asked = {
      ...object,
      metadata: { ...object.metadata, ...metadata },
    };
    const options = { policies: set?.policies ?? [], stage: 'validate', pin: 'pods' } as const;
    const made = { ...(await engine.admit(requestFor(object), options)), ...decision };
    const { atAdmission } = start();
    atAdmission.take(requestFor(asked, request), made);
    // Another one that has to come through after it.
    const other = stored(pod([signed()]), { name: 'other' });
    atAdmission.take(requestFor(other), await engine.admit(requestFor(other), options));
    await until('the other', () => reportAbout('Pod', 'other'));
    assert.equal(reportAbout('Pod'), undefined);
  });
}

const PROPERTIES: readonly (readonly [string, string, string])[] = [
  ['a variable is replaced', '{{ request.object.metadata.name }} here', 'web here'],
  ['what is not there leaves all as it is written', '{{ nobody.knows }}', '{{ nobody.knows }}'],
  ['so does what is no text', '{{ `7` }}', '{{ `7` }}'],
];

for (const [title, written, wanted] of PROPERTIES) {
  test(`reports: in properties of the author ${title}, and no verdict hangs on it`, async () => {
    const properties = `reportProperties: { at: "${written}" }`;
    const policy = auditPolicy().replace('      match:', `      ${properties}\n      match:`);
    set = createPolicySet(policiesFrom(policy));
    stored(pod([signed()]));
    start().scan();
    await scanned();
    const [row] = rowsOf(reportAbout('Pod'));
    assert.equal(row?.properties['at'], wanted);
    assert.equal(row.result, 'pass');
  });
}

test('reports: an update that brings in one image is told of with all images of the object', async () => {
  const [good, rogue] = [signed(), unsigned()];
  const before = stored(deployment([good, good]));
  const after = stored(deployment([good, rogue]));
  const request = requestFor(after, { operation: 'UPDATE', oldObject: before });
  const options = { policies: set?.policies ?? [], stage: 'validate', pin: 'pods' } as const;
  const decision = await engine.admit(request, options);
  start().atAdmission.take(request, decision);
  assert.deepEqual(told(await until('the report', () => reportAbout('Deployment'))), [
    ['autogen-check-signature', 'c0', 'pass', 'background scan'],
    ['autogen-check-signature', 'c1', 'fail', 'background scan'],
  ]);
});

test('background scan: workloads that were there before the policy are told of, what controllers make is not', async () => {
  stored(pod([signed(), unsigned()]));
  stored(deployment([signed()]));
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: 'web',
    uid: '1',
    controller: true,
  };
  const replicas = { ...deployment([signed()]), kind: 'ReplicaSet' };
  stored(replicas, { ownerReferences: [owner] });
  stored(pod([signed()]), { name: 'owned', ownerReferences: [owner] });
  stored(pod([unsigned()]), { name: 'ending', deletionTimestamp: '2026-01-01T00:00:00Z' });
  stored(pod([unsigned()]), { name: 'exempt', namespace: 'kube-system' });
  stored(pod(['other.example/app:v1']), { name: 'unmatched' });
  start().scan();
  await scanned();
  const about = reports().map(
    ({ scope }) => `${stringAt(scope, 'kind')}/${stringAt(scope, 'name')}`,
  );
  assert.deepEqual(about.toSorted(), ['Deployment/web', 'Pod/owned', 'Pod/web']);
  assert.deepEqual(told(reportAbout('Pod')), [
    ['check-signature', 'c0', 'pass', 'background scan'],
    ['check-signature', 'c1', 'fail', 'background scan'],
  ]);
});

test('background scan: it writes only what is news, and takes back what no policy says any more', async () => {
  stored(pod([signed()]));
  start().scan();
  await scanned();
  assert.equal(writes(), 1);
  // The same, read again: as after a status was written.
  set = createPolicySet(policiesFrom(auditPolicy()));
  set = createPolicySet([
    ...set.policies,
    ...policiesFrom(auditPolicy().replace('verify-images', 'b')),
  ]);
  await scanned(2);
  assert.equal(writes(), 2);
  assert.equal(rowsOf(reportAbout('Pod')).length, 2);
  set = createPolicySet([]);
  await scanned(3);
  assert.deepEqual(reports(), []);
});

test('background scan: policies that are read again and say the same start no other', async () => {
  stored(pod([signed()]));
  start().scan();
  await scanned();
  set = createPolicySet(policiesFrom(auditPolicy()));
  const asked = fake.requests.length;
  // Several looks later nothing was asked of the API server.
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(fake.requests.length, asked);
});

test('background scan: with "background: false" only admission speaks, and what it said stays', async () => {
  const quiet = auditPolicy('background: false').replace('name: verify-images', 'name: quiet');
  set = createPolicySet(policiesFrom(quiet));
  const object = stored(pod([unsigned()]));
  const options = { policies: set.policies, stage: 'validate', pin: 'pods' } as const;
  const started = start();
  started.atAdmission.take(requestFor(object), await engine.admit(requestFor(object), options));
  await until('the report', () => reportAbout('Pod'));
  set = createPolicySet([...set.policies, ...policiesFrom(auditPolicy())]);
  started.scan();
  await scanned();
  assert.deepEqual(
    rowsOf(reportAbout('Pod')).map(({ policy, properties }) => [policy, properties['process']]),
    [
      ['verify-images', 'background scan'],
      ['quiet', 'admission review'],
    ],
  );
});

test('background scan: with "admission: false" a rule speaks in reports only', async () => {
  const policy = policyText('pinned').replace('spec:', 'spec:\n  admission: false');
  set = createPolicySet(policiesFrom(policy));
  assert.deepEqual([set.atAdmission, set.enforcing], [[], false]);
  stored(pod([signed()]));
  start().scan();
  await scanned();
  assert.deepEqual(told(reportAbout('Pod')), [['digest', 'c0', 'fail', 'background scan']]);
});

test('background scan: who does not lead does nothing', async () => {
  isLeader = false;
  stored(pod([signed()]));
  start().scan();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(reports(), []);
  isLeader = true;
  await scanned();
  assert.equal(reports().length, 1);
});

test('reports: none are written without their definitions, and OpenReports where it is there', async () => {
  for (const { group, resource } of POLICY_REPORTS) fake.unserve(group, resource);
  stored(pod([signed()]));
  start().scan();
  await until('questions', () => fake.requests.length > 1);
  assert.deepEqual(
    fake.requests.filter(({ url }) => url.includes('/pods')),
    [],
  );
  fake.serve(...OPEN_REPORTS, ...POLICY_REPORTS);
  engine.clock.advance(20_000);
  await scanned();
  assert.equal(fake.list('Report').length, 1);
  assert.deepEqual(reports(), []);
});

test('reports: at admission the definitions are looked for again, and not for each request', async () => {
  for (const { group, resource } of POLICY_REPORTS) fake.unserve(group, resource);
  const { atAdmission } = start();
  const options = { policies: set?.policies ?? [], stage: 'validate', pin: 'pods' } as const;
  const object = stored(pod([signed()]));
  const decision = await engine.admit(requestFor(object), options);
  const take = (): void => atAdmission.take(requestFor(object), decision);
  const questions = (): number =>
    fake.requests.filter(({ url }) => url.startsWith('/apis/')).length;
  take();
  await until('the first look', () => questions() === 2);
  fake.serve(...POLICY_REPORTS);
  for (let request = 0; request < 20; request += 1) take();
  assert.equal(questions(), 2);
  engine.clock.advance(20_000);
  await until('the report', () => {
    take();
    return reportAbout('Pod');
  });
});

test('reports: what cannot be written is logged once, and ends neither scan nor server', async () => {
  for (const name of ['a', 'b', 'c']) stored(pod([signed()]), { name });
  const outcome = { kind: 'status', code: 403, reason: 'Forbidden', message: 'no rights' } as const;
  fake.fail({ method: 'PATCH', path: /policyreports/, outcome });
  start().scan();
  await scanned();
  const warnings = lines.filter((line) => line.includes('cannot scan in the background'));
  assert.ok(warnings.length >= 1 && warnings.length <= 3, warnings.join('\n'));
  assert.match(warnings[0] ?? '', /no rights/);
});

test('reports: at admission the same trouble is one line of the log', async () => {
  const outcome = { kind: 'status', code: 403, reason: 'Forbidden', message: 'no rights' } as const;
  fake.fail({ method: 'PATCH', path: /policyreports/, outcome, times: 3 });
  const options = { policies: set?.policies ?? [], stage: 'validate', pin: 'pods' } as const;
  const { atAdmission } = start();
  for (const name of ['a', 'b', 'c', 'last']) {
    const object = stored(pod([signed()]), { name });
    atAdmission.take(requestFor(object), await engine.admit(requestFor(object), options));
  }
  await until('the last', () => reportAbout('Pod', 'last'));
  assert.equal(lines.filter((line) => line.includes('cannot write a report')).length, 1);
});

test('background scan: trouble with a registry is told as such', async () => {
  const image = signed();
  registry.addFault({ kind: 'status', status: 429 });
  stored(pod([image]));
  start().scan();
  await scanned();
  const [row] = rowsOf(reportAbout('Pod'));
  assert.equal(row?.result, 'error');
  assert.equal(row.properties['reason'], 'REGISTRY_RATE_LIMITED');
  assert.equal(member(row.properties, 'image'), image);
});
