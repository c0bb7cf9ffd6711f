import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { publishAuthorities } from '#server/tls/ca-bundle.ts';
import type { CertificateSource } from '#server/tls/certificate-source.ts';
import { LEAF_LIFETIME } from '#server/tls/lifetimes.ts';
import { openSelfMadeCertificate } from '#server/tls/self-made-certificate.ts';
import { CERTIFICATE_SECRET, createSecretStore } from '#server/tls/secret-store.ts';
import { member, stringAt } from '#shared/base/json-value.ts';
import type { Kube, KubeObject } from '#shared/kube/kube.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { until } from '#test/support/kube/until.ts';

const NAMESPACE = 'sign-policy-system';
const NAME = 'admission-sign-policy';

let fake: FakeKube;
let kube: Kube;
let directory: string;
let stop: AbortController;
let errors: unknown[];
let now: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-tls-'));
  fake = await startFakeKube();
  fake.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await writeFile(join(directory, 'kubeconfig'), fake.kubeconfig());
  kube = await openKube({ kubeconfig: join(directory, 'kubeconfig') });
  stop = new AbortController();
  errors = [];
  now = Date.parse('2026-01-01T00:00:00Z');
});

afterEach(async () => {
  stop.abort();
  await fake.close();
  await rm(directory, { recursive: true });
});

function open(): Promise<CertificateSource> {
  return openSelfMadeCertificate({
    store: createSecretStore(kube, NAMESPACE),
    names: ['sign-policy-webhook.sign-policy-system.svc'],
    clock: { now: () => now },
    publish: (authorities) => publishAuthorities(kube, NAME, authorities),
    onError: (error) => errors.push(error),
    interval: 10,
  });
}

function installConfigurations(): void {
  for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
    const clientConfig = { service: { name: 'sign-policy-webhook', namespace: NAMESPACE } };
    fake.put({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: NAME, labels: { kept: 'yes' } },
      webhooks: [{ name: 'a.sign-policy.dev', clientConfig, failurePolicy: 'Fail' }],
    });
  }
}

function caBundle(kind: string): string | undefined {
  const webhooks = member(fake.get(kind, NAME), 'webhooks');
  const bundle = Array.isArray(webhooks)
    ? stringAt(webhooks[0], 'clientConfig', 'caBundle')
    : undefined;
  return bundle === undefined ? undefined : Buffer.from(bundle, 'base64').toString();
}

function secret(): KubeObject | undefined {
  return fake.get('Secret', CERTIFICATE_SECRET, NAMESPACE);
}

function secretText(key: string): string {
  return Buffer.from(stringAt(secret(), 'data', key) ?? '', 'base64').toString();
}

test('the certificate goes into a Secret, its CA into both configurations, and nothing else changes', async () => {
  installConfigurations();
  const { first } = await open();
  assert.equal(first.certificate, secretText('tls.crt'));
  assert.equal(secret()?.['type'], 'kubernetes.io/tls');
  for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
    assert.equal(caBundle(kind), secretText('ca.crt'));
    const configuration = fake.get(kind, NAME);
    assert.equal(stringAt(configuration, 'metadata', 'labels', 'kept'), 'yes');
    assert.match(JSON.stringify(configuration), /"failurePolicy":"Fail"/);
    assert.match(JSON.stringify(configuration), /"service":{"name":"sign-policy-webhook"/);
  }
  const authority = new X509Certificate(secretText('ca.crt'));
  assert.equal(new X509Certificate(first.certificate).verify(authority.publicKey), true);
  const managers = fake.requests
    .filter(({ method }) => method === 'PATCH')
    .map(({ url }) => /fieldManager=([^&]+)/.exec(url)?.[1]);
  assert.deepEqual(new Set(managers), new Set(['sign-policy-certs']));
  assert.deepEqual(errors, []);
});

test('a second replica uses what the first one stored, and writes nothing', async () => {
  installConfigurations();
  const one = await open();
  const writes = fake.requests.filter(({ method }) => method === 'PATCH').length;
  const two = await open();
  assert.equal(two.first.fingerprint, one.first.fingerprint);
  assert.equal(fake.requests.filter(({ method }) => method === 'PATCH').length, writes);
});

test('configurations that are installed later, or put back by somebody, get the CA', async () => {
  const source = await open();
  source.follow(() => undefined, stop.signal);
  installConfigurations();
  await until('the CA', () => caBundle('ValidatingWebhookConfiguration') === secretText('ca.crt'));
  installConfigurations();
  await until(
    'the CA again',
    () => caBundle('MutatingWebhookConfiguration') === secretText('ca.crt'),
  );
});

test('the certificate is renewed in time and reported, while the CA stays', async () => {
  const source = await open();
  const authority = secretText('ca.crt');
  const renewed: string[] = [];
  source.follow((next) => renewed.push(next.fingerprint), stop.signal);
  now += LEAF_LIFETIME - 1;
  await until('a renewed certificate', () => renewed.length > 0);
  assert.notEqual(renewed[0], source.first.fingerprint);
  assert.equal(secretText('ca.crt'), authority);
});

test('a Secret that somebody deleted or replaced is followed', async () => {
  const source = await open();
  const seen: string[] = [];
  source.follow((next) => seen.push(next.certificate), stop.signal);
  const other = await startOther();
  fake.put({ ...(secret() ?? assert.fail()), data: other });
  await until('the other certificate', () =>
    seen.includes(Buffer.from(other['tls.crt'] ?? '', 'base64').toString()),
  );
});

async function startOther(): Promise<Record<string, string>> {
  const elsewhere = await startFakeKube();
  try {
    elsewhere.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    await writeFile(join(directory, 'other'), elsewhere.kubeconfig());
    const other = await openKube({ kubeconfig: join(directory, 'other') });
    await openSelfMadeCertificate({
      store: createSecretStore(other, NAMESPACE),
      names: ['sign-policy-webhook.sign-policy-system.svc'],
      clock: { now: () => now },
      publish: async () => undefined,
      onError: (error) => errors.push(error),
    });
    return elsewhere.get('Secret', CERTIFICATE_SECRET, NAMESPACE)?.['data'] as Record<
      string,
      string
    >;
  } finally {
    await elsewhere.close();
  }
}

test('MNH-30 an API server that is down does not keep the webhook from starting; it catches up', async () => {
  installConfigurations();
  fake.fail({ path: /./, outcome: { kind: 'cut' } });
  const source = await open();
  assert(errors.length > 0);
  fake.heal();
  source.follow(() => undefined, stop.signal);
  await until('the Secret', () => secretText('tls.crt') === source.first.certificate);
  await until('the CA', () => caBundle('ValidatingWebhookConfiguration') === secretText('ca.crt'));
});
