import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { SHIPPED_POLICIES, type ShippedPolicy } from '#cmd/policy/shipped-policies.ts';
import { shippedPolicy, type ShippedPolicyOptions } from '#cmd/policy/shipped-policy.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import type { Policy, VerifyImagesEntry } from '#shared/policy/model.ts';
import { readPolicy } from '#shared/policy/read-policy.ts';
import { findRefusals } from '#shared/policy/refusals.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import { pod, requestFor } from '#test/support/admission/objects.ts';

const FOLDER = new URL('../../../manifests/policies/', import.meta.url);

const DEFAULTS: ShippedPolicyOptions = {
  registries: ['ghcr.io/me', 'registry.example/a*'],
  identity: 'https://github.com/me/x/.github/workflows/b.yml@refs/heads/main',
  issuer: 'https://issuer.example',
  namespaces: ['shop', 'shop-*'],
  mode: undefined,
};

function read(document: JsonObject): Policy {
  const result = readPolicy(document);
  assert.deepEqual(result?.faults, []);
  assert.deepEqual(findRefusals(document), []);
  assert.ok(result.policy !== undefined);
  return result.policy;
}

function entriesOf({ rules }: Policy): readonly VerifyImagesEntry[] {
  return rules.flatMap((rule) => (rule.kind === 'verify-images' ? rule.entries : []));
}

function namespacesOf({ rules }: Policy): readonly string[] {
  return rules[0]?.selection.match.filters[0]?.namespaces ?? [];
}

test('shipped policies: every policy of manifests/policies is listed', () => {
  const folders = readdirSync(FOLDER).filter(
    (name) => name.includes('-image') || name.includes('-keyless'),
  );
  assert.deepEqual(folders.toSorted(), SHIPPED_POLICIES.map(({ name }) => name).toSorted());
});

for (const policy of SHIPPED_POLICIES) {
  const { name, file, mode, takesIdentity, takesNamespaces, takesRegistries } = policy;

  test(`shipped policies: ${name} reads in Kyverno's language without any fault or warning`, () => {
    const document = load(readFileSync(new URL(`../${file}`, FOLDER), 'utf8')) as JsonObject;
    const kyverno = read(document);
    assert.equal(`${kyverno.apiVersion} ${kyverno.kind}`, 'kyverno.io/v1 ClusterPolicy');
    assert.equal(kyverno.name, name);
    for (const rule of kyverno.rules) assert.equal(rule.action.mode, mode);
    for (const entry of entriesOf(kyverno)) assert.equal(entry.mutateDigest, mode === 'enforce');
  });

  test(`shipped policies: kubectl apply -f of the folder of ${name} applies the policy and no test object`, () => {
    const entries = readdirSync(new URL(`${name}/`, FOLDER), { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    assert.deepEqual(files.toSorted(), ['kustomization.yaml', 'policy.yaml']);
  });

  test(`shipped policies: ${name} takes what its user sets and stays sound`, () => {
    const made = read(shippedPolicy(policy, DEFAULTS));
    assert.equal(`${made.apiVersion} ${made.kind}`, 'sign-policy.dev/v1alpha1 ClusterSignPolicy');
    const [entry] = entriesOf(made);
    assert.deepEqual(
      entry?.imageReferences,
      takesRegistries ? ['ghcr.io/me/*', 'registry.example/a*'] : ['*'],
    );
    assert.equal(JSON.stringify(entry).includes('github.com/me/x'), takesIdentity);
    assert.equal(JSON.stringify(entry).includes('issuer.example'), takesIdentity);
    assert.deepEqual(namespacesOf(made), takesNamespaces ? ['shop', 'shop-*'] : []);
  });

  test(`shipped policies: ${name} can be installed in audit mode, as Kyverno accepts it`, () => {
    const made = shippedPolicy(policy, { ...DEFAULTS, mode: 'audit' });
    const kyverno = read({ ...made, apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy' });
    for (const rule of kyverno.rules) assert.equal(rule.action.mode, 'audit');
  });
}

test('shipped policies: those that refuse may be bypassed in an emergency, and no others', () => {
  const allowed = SHIPPED_POLICIES.filter(
    (policy: ShippedPolicy) => read(shippedPolicy(policy, DEFAULTS)).allowsBypass === true,
  );
  assert.deepEqual(
    allowed.map(({ name }) => name),
    ['verify-image-signatures', 'require-signed-images'],
  );
});

/** A Pod in production with an image of the own registry, which both policies that refuse are for. */
function emergency(skip: string): JsonObject {
  const annotations = {
    'policies.kyverno.io/skip': skip,
    'sign-policy.dev/skip-reason': 'incident 42',
    'sign-policy.dev/skip-until': '2026-01-01T18:00:00Z',
  };
  const object = pod(['ghcr.io/acme/shop:1.0']);
  return { ...object, metadata: { name: 'web', namespace: 'production', annotations } };
}

for (const [skip, asks, outcome] of [
  ['verify-image-signatures, require-signed-images', 'alice', 'admitted'],
  ['verify-image-signatures, require-signed-images', 'eve', 'unknown'],
  ['verify-image-signatures', 'alice', 'unknown'],
  ['require-signed-images', 'alice', 'unknown'],
] as const) {
  test(`MNH-07 shipped policies: by the annotation ${skip} of ${asks} an own image in production is ${outcome}`, async () => {
    const admit = createAdmit({
      clock: { now: () => Date.UTC(2026, 0, 1, 12) },
      bypass: { mayBypass: async ({ username }) => Promise.resolve(username === 'alice') },
      openRegistry: async () => Promise.reject(new RegistryError('UNREACHABLE', 'registry down')),
    });
    const policies = SHIPPED_POLICIES.map(({ file }) =>
      read(load(readFileSync(new URL(`../${file}`, FOLDER), 'utf8')) as JsonObject),
    );
    const userInfo = { username: asks, uid: '', groups: [], extra: {} };
    const request = requestFor(emergency(skip), { namespace: 'production', userInfo });
    const decision = await admit(request, { policies, stage: 'validate', pin: 'pods' });
    assert.equal(decision.outcome, outcome);
  });
}
