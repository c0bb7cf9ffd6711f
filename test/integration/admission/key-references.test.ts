import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Decision } from '#shared/admission/decision.ts';
import { hashiVault } from '#shared/kms/hashi-vault.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import { secretKeys } from '#shared/kube/secret-keys.ts';
import { keySourceOf } from '#shared/trust/key-source-of.ts';
import { startEngine, type TestEngine } from '#test/support/admission/engine.ts';
import { patchedImages, pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';
import { type StandInCloud, startCloud } from '#test/support/kms/stand-in-cloud.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { startRegistry, type TestRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey, type SignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage, type TestImage } from '#test/support/signer/signed-image.ts';

const KEY = generateSignerKey();
const NEXT = generateSignerKey();

let registry: TestRegistry;
let kube: FakeKube;
let cloud: StandInCloud;
let engine: TestEngine;
let directory: string;
let image: TestImage;
let now: number;

beforeEach(async () => {
  [registry, kube, cloud] = await Promise.all([startRegistry(), startFakeKube(), startCloud()]);
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-references-'));
  await writeFile(join(directory, 'kubeconfig'), kube.kubeconfig());
  const env = { VAULT_ADDR: 'https://vault.example', VAULT_TOKEN: 'token' };
  const providers = [
    secretKeys(await openKube({ kubeconfig: join(directory, 'kubeconfig') })),
    hashiVault({ env, dispatcher: cloud.dispatcher }),
  ];
  now = 0;
  engine = startEngine({ keySource: keySourceOf(providers, { now: () => now }) });
  image = putSignedImage(registry, 'acme/app:1.0', { key: KEY });
  putSecret(KEY);
  const keys = { 1: { name: 'P-256', public_key: KEY.publicKeyPem } };
  cloud.serve('vault.example', () => ({ body: { data: { latest_version: 1, keys } } }));
});

afterEach(async () => {
  await Promise.all([registry.close(), kube.close(), cloud.close(), engine.close()]);
  await rm(directory, { recursive: true });
});

function putSecret({ publicKeyPem }: SignerKey): void {
  kube.put({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'release', namespace: 'keys' },
    data: { 'cosign.pub': Buffer.from(publicKeyPem).toString('base64') },
  });
}

const SECRET = 'secret: { namespace: keys, name: release }';

async function admit(keys: string): Promise<Decision> {
  const policies = policiesFrom(`apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: verify-images }
spec:
  validationFailureAction: Enforce
  rules:
    - name: check-signature
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - imageReferences: ["${registry.host}/*"]
          attestors:
            - entries: [{ keys: { ${keys}, rekor: { ignoreTlog: true } } }]
`);
  return engine.admit(requestFor(pod([image.reference])), {
    policies,
    stage: 'mutate',
    pin: 'pods',
  });
}

for (const keys of [SECRET, 'publicKeys: "k8s://keys/release"', 'kms: "hashivault://release"']) {
  test(`key references: a policy with ${keys} pins what its key signed`, async () => {
    const decision = await admit(keys);
    assert.equal(decision.allowed, true, JSON.stringify(decision));
    assert.deepEqual(patchedImages(decision), [image.pinned]);
  });
}

test('key references: many admissions read a Secret once, and a replaced key counts a minute later', async () => {
  assert.equal((await admit(SECRET)).allowed, true);
  putSecret(NEXT);
  assert.equal((await admit(SECRET)).allowed, true);
  const reads = () => kube.requests.filter(({ url }) => url.includes('/secrets/')).length;
  assert.equal(reads(), 1);
  now = 60_000;
  const decision = await admit(SECRET);
  assert.equal(decision.allowed, false);
  assert.equal(reads(), 2);
});

test('key references: a signature by a key that has just replaced another is seen', async () => {
  assert.equal((await admit(SECRET)).allowed, true);
  putSecret(NEXT);
  image = putSignedImage(registry, 'acme/next:1.0', { key: NEXT });
  now = 5_001;
  assert.equal((await admit(SECRET)).allowed, true);
});

test('MNH-32 key references: a Secret that may not be read denies, names it and never says "not signed"', async () => {
  kube.fail({ path: /secrets/, outcome: { kind: 'status', code: 403 } });
  const decision = await admit(SECRET);
  assert.equal(decision.allowed, false);
  const text = JSON.stringify(decision);
  assert.match(text, /Cannot fetch key \\"k8s:\/\/keys\/release\\"/);
  assert.match(text, /KEY_UNAVAILABLE/);
  assert.doesNotMatch(text, /no signatures found|NO_MATCHING_SIGNATURE/);
  kube.heal();
  assert.equal((await admit(SECRET)).allowed, true);
});
