import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Decision } from '#shared/admission/decision.ts';
import { OnlineRevocationChecker } from '#shared/notation/revocation-checker.ts';
import { httpRevocationFetcher } from '#shared/notation/revocation-fetcher.ts';
import { startEngine, testClock } from '#test/support/admission/engine.ts';
import { patchedImages, pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';
import { makeNotationWorld } from '#test/support/notation/notation-world.ts';
import { putAttestation, putNotation } from '#test/support/notation/put-notation.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage, type TestImage } from '#test/support/signer/signed-image.ts';

const { chain, strangers } = makeNotationWorld();
const root = chain.at(-1);
assert.ok(root);
const SBOM = 'application/vnd.cyclonedx+json';

const registry = await startRegistry();
const revocation = new OnlineRevocationChecker({
  fetcher: httpRevocationFetcher,
  clock: testClock(),
});
const engine = startEngine({ revocation });
after(async () => {
  await engine.close();
  await registry.close();
});

const certificates = { certChain: root.pem };
const policies = policiesFrom(
  JSON.stringify({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'notary' },
    spec: {
      validationFailureAction: 'Enforce',
      rules: [
        {
          name: 'attested',
          match: { any: [{ resources: { kinds: ['Pod'] } }] },
          verifyImages: [
            {
              type: 'Notary',
              imageReferences: [`${registry.host}/*`],
              attestors: [{ entries: [{ certificates }] }],
              attestations: [{ type: SBOM, attestors: [{ entries: [{ certificates }] }] }],
            },
          ],
        },
      ],
    },
  }),
);

type Signers = Parameters<typeof putNotation>[2] | undefined;

function image(
  name: string,
  signers: { readonly image: Signers; readonly sbom: Signers },
): TestImage {
  const made = putSignedImage(registry, `acme/${name}:v1`, {
    key: generateSignerKey(),
    format: 'none',
  });
  if (signers.image !== undefined) putNotation(registry, made, signers.image);
  if (signers.sbom === undefined) return made;
  const sbom = putAttestation(registry, made, { type: SBOM, text: '{}' });
  putNotation(registry, sbom, signers.sbom);
  return made;
}

async function decide({ reference }: TestImage): Promise<Decision> {
  return engine.admit(requestFor(pod([reference])), { policies, stage: 'mutate', pin: 'pods' });
}

test('a policy of type Notary admits and pins what is signed and attested', async () => {
  const good = image('good', { image: chain, sbom: chain });
  const decision = await decide(good);
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(patchedImages(decision), [good.pinned]);
});

const REFUSED: readonly (readonly [string, { image: Signers; sbom: Signers }])[] = [
  ['no attestation', { image: chain, sbom: undefined }],
  ['an attestation of somebody else', { image: chain, sbom: strangers }],
  ['no signature', { image: undefined, sbom: chain }],
  ['a signature of somebody else', { image: strangers, sbom: chain }],
];

for (const [index, [name, signers]] of REFUSED.entries()) {
  test(`MNH-15 a policy of type Notary that wants both refuses ${name}`, async () => {
    const decision = await decide(image(`bad${index}`, signers));
    assert.equal(decision.outcome, 'denied', decision.message);
  });
}
