import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { checkScenario, type Step } from '#test/support/scenario/check-scenario.ts';
import { podIn, policy } from '#test/support/scenario/objects.ts';
import { putSample } from '#test/support/scenario/sample-images.ts';
import { startScenarioCluster } from '#test/support/scenario/scenario-cluster.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';

const key = generateSignerKey();
const registry = await startRegistry();
const cluster = await startScenarioCluster({});
after(async () => {
  await cluster.close();
  await registry.close();
});

const signed = putSample(registry, 'acme/app:signed', (store, subject) =>
  signSimple(store, subject, key),
);
const unsigned = putSample(registry, 'acme/app:unsigned');

const keys = {
  publicKeys: key.publicKeyPem,
  rekor: { ignoreTlog: true },
  ctlog: { ignoreSCT: true },
};

/** `pinned`, `as written`, or why not. */
type Outcome = 'pinned' | 'as written' | RegExp;

const NO_DIGEST = /missing digest for /;
const NOT_VERIFIED = /unverified image /;

/** mutateDigest, verifyDigest, required, and what becomes of a signed image's tag (Kyverno 1.19). */
const ROWS: readonly (readonly [
  mutateDigest: boolean,
  verifyDigest: boolean,
  required: boolean,
  withAttestors: Outcome,
  without: Outcome,
])[] = [
  [true, true, true, 'pinned', NOT_VERIFIED],
  [true, true, false, 'pinned', 'pinned'],
  [true, false, true, 'pinned', NOT_VERIFIED],
  [true, false, false, 'pinned', 'pinned'],
  [false, true, true, NO_DIGEST, NOT_VERIFIED],
  [false, true, false, NO_DIGEST, NO_DIGEST],
  [false, false, true, 'as written', NOT_VERIFIED],
  [false, false, false, 'as written', 'as written'],
];

function stepFor(outcome: Outcome): Step {
  const pod = podIn('default', signed.reference);
  if (outcome instanceof RegExp) return { denies: pod, because: outcome };
  return { admits: pod, images: [outcome === 'pinned' ? signed.pinned : signed.reference] };
}

/** What is named by digest already misses none. */
function stepByDigest(required: boolean, attested: boolean): Step {
  const pod = podIn('other', signed.byDigest);
  return attested || !required ? { admits: pod } : { denies: pod, because: NOT_VERIFIED };
}

function scenario(switches: JsonObject, attestors: readonly JsonObject[]): JsonObject {
  const entry = { failureAction: 'Enforce', imageReferences: ['*'], ...switches };
  return policy({ entries: [attestors.length === 0 ? entry : { ...entry, attestors }] });
}

for (const [mutateDigest, verifyDigest, required, withAttestors, without] of ROWS) {
  const switches = { mutateDigest, verifyDigest, required };
  const title = JSON.stringify(switches).replaceAll(/[{}"]/g, '');

  test(`switches ${title}: a tag with attestors`, async () => {
    await checkScenario(cluster, {
      name: title,
      given: [scenario(switches, [{ entries: [{ keys }] }])],
      steps: [
        stepFor(withAttestors),
        stepByDigest(required, true),
        { denies: podIn('default', unsigned.reference), because: /no signatures found/ },
        { denies: podIn('default', unsigned.byDigest), because: /no signatures found/ },
      ],
    });
  });

  test(`MNH-05 switches ${title}: a tag without attestors`, async () => {
    await checkScenario(cluster, {
      name: title,
      given: [scenario(switches, [])],
      steps: [stepFor(without), stepByDigest(required, false)],
    });
  });
}

test('switches: every combination is there', () => {
  assert.equal(new Set(ROWS.map((row) => row.slice(0, 3).join())).size, 8);
});
