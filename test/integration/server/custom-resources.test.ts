import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { extractingPolicy } from '#test/support/admission/policies.ts';
import { reviewRequest } from '#test/support/admission/review-request.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { startRegistry, type TestRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage, type TestImage } from '#test/support/signer/signed-image.ts';
import { startWebhookProcess, type WebhookProcess } from '#test/support/webhook/webhook-process.ts';

const key = generateSignerKey();
const USER = { username: 'robot', password: 'hush-hush' };

function policy(host: string, secret: string): string {
  return extractingPolicy({
    images: `${host}/*`,
    keys: [key.publicKeyPem],
    extractors: 'Task: [{ path: /spec/steps/*/image, key: name }]',
    entry: [`imageRegistryCredentials: { secrets: [${secret}] }`],
  });
}

let directory: string;
let registry: TestRegistry;
let fake: FakeKube;
let webhook: WebhookProcess;
let signed: TestImage;
let unsigned: TestImage;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-tasks-'));
  registry = await startRegistry();
  fake = await startFakeKube();
  signed = putSignedImage(registry, 'acme/signed:v1', { key });
  unsigned = putSignedImage(registry, 'acme/unsigned:v1', { key, format: 'none' });
  registry.auth = { kind: 'basic', ...USER };
  const policies = join(directory, 'policies');
  const certificates = join(directory, 'certificates');
  await mkdir(policies);
  await mkdir(certificates);
  await writeFile(join(policies, 'policy.yaml'), policy(registry.host, 'team/registry'));
  await writeFile(join(directory, 'kubeconfig'), fake.kubeconfig());
  const flags = ['--kubeconfig', join(directory, 'kubeconfig')];
  webhook = await startWebhookProcess({ policies, certificates, flags });
});

after(async () => {
  await webhook.stop();
  await fake.close();
  await registry.close();
  await rm(directory, { recursive: true });
});

async function review(
  image: string,
  path: '/mutate' | '/validate' = '/mutate',
): Promise<{ readonly allowed: boolean; readonly message: string; readonly patch: string }> {
  const object: JsonObject = {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'Task',
    metadata: { name: 'build' },
    spec: { steps: [{ name: 'build', image }] },
  };
  const response = await webhook.review(path, reviewRequest(object));
  return {
    allowed: member(response, 'allowed') === true,
    message: stringAt(response, 'status', 'message') ?? '',
    patch: Buffer.from(stringAt(response, 'patch') ?? '', 'base64').toString(),
  };
}

test('a registry that asks for credentials: refused, and told which Secret is missing', async () => {
  const { allowed, message } = await review(signed.reference);
  assert.equal(allowed, false);
  assert.match(message, /could not find out whether/);
  assert.match(message, /Secret "team\/registry" of imageRegistryCredentials does not exist/);
});

test('a Secret that the webhook may not read is named, with what lets it', async () => {
  fake.fail({ path: /secrets\/registry/, outcome: { kind: 'status', code: 403 } });
  const { allowed, message } = await review(signed.reference);
  fake.heal();
  assert.equal(allowed, false);
  assert.match(message, /"kubectl sign-policy install --pull-secrets-of team" lets it/);
});

test('an API server that does not answer is no missing Secret', async () => {
  fake.fail({ path: /secrets\/registry/, outcome: { kind: 'status', code: 500 } });
  const { allowed, message } = await review(signed.reference);
  fake.heal();
  assert.equal(allowed, false);
  assert.match(message, /Cannot use Secret "team\/registry"/);
});

test('once the Secret is there the object is admitted and pinned; unsigned images stay refused', async () => {
  const config = JSON.stringify({ auths: { [registry.host]: USER } });
  fake.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  fake.put({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/dockerconfigjson',
    metadata: { name: 'registry', namespace: 'team' },
    data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
  });
  const { allowed, message, patch } = await review(signed.reference);
  assert.equal(allowed, true, message);
  assert.match(patch, new RegExp(`"/spec/steps/0/image","value":"${signed.pinned}"`));
  assert.match(patch, /kyverno\.io~1verify-images/);
  assert.equal((await review(signed.pinned, '/validate')).allowed, true);
  const refused = await review(unsigned.reference, '/validate');
  assert.equal(refused.allowed, false);
  assert.match(refused.message, /no signatures found/i);
});

test('MNH-29 nothing of the credentials is said', async () => {
  const { message } = await review(unsigned.reference);
  assert.doesNotMatch(message, /hush-hush/);
  assert.doesNotMatch(await webhook.get('/metrics'), /hush-hush/);
});
