import { after, test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import {
  checkScenario,
  type Scenario,
  scenarioTitle,
} from '#test/support/scenario/check-scenario.ts';
import { podIn, policy } from '#test/support/scenario/objects.ts';
import { type Attach, putSample } from '#test/support/scenario/sample-images.ts';
import { startScenarioCluster } from '#test/support/scenario/scenario-cluster.ts';
import type { SimpleSigningOptions } from '#test/support/signer/sign-simple.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { legacyAttestation, legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import type { Signer } from '#test/support/sigstore/signer.ts';
import {
  storeAttestations,
  storeBundle,
  storeSignatures,
} from '#test/support/sigstore/store-signature.ts';
import { keySigner, VIRTUAL_TIME as at } from '#test/support/sigstore/virtual-sigstore.ts';

/** What Kyverno 1.19.1 answers about images, keys and attestations. */
const signer = keySigner();
const pem = signer.key.publicKeyPem;
const registry = await startRegistry();
const gone = await startRegistry();
await gone.close();
const cluster = await startScenarioCluster({});
after(async () => {
  await cluster.close();
  await registry.close();
});

function signedBy(
  by: Signer,
  options: SimpleSigningOptions & { readonly storeIn?: string } = {},
): Attach {
  return (store, subject) => {
    const layers = [legacySignature(subject, { signer: by, at }, options)];
    const { storeIn = subject.repository } = options;
    return storeSignatures(store, subject, { layers, options: { storeIn } });
  };
}

const plain = keySigner('ed25519');
const prehashed = keySigner('ed25519', { scheme: 'prehashed' });
const SBOM = 'https://cyclonedx.org/bom';
const SCAN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

const signed = putSample(registry, 'acme/app:signed', signedBy(signer));
const unsigned = putSample(registry, 'acme/app:unsigned');
const other = putSample(registry, 'other/app:signed', signedBy(signer));
const byPlain = putSample(registry, 'acme/ed25519:plain', signedBy(plain));
const byPrehashed = putSample(registry, 'acme/ed25519:prehashed', signedBy(prehashed));
const forProd = putSample(
  registry,
  'acme/app:prod',
  signedBy(signer, { annotations: { env: 'prod' } }),
);
const away = putSample(registry, 'acme/away:1', signedBy(signer, { storeIn: 'acme/signatures' }));
const bundled = putSample(registry, 'acme/bundled:1', (store, subject) =>
  storeBundle(store, subject, { bundle: statementBundle(subject.digest, { signer, at }) }),
);
const attested = putSample(registry, 'acme/attested:1', (store, subject) =>
  storeAttestations(store, subject, {
    layers: [
      legacyAttestation(
        subject,
        { signer, at },
        { predicateType: SCAN, predicate: { of: 'scan' } },
      ),
      legacyAttestation(
        subject,
        { signer, at },
        { predicateType: SBOM, predicate: { of: 'sbom' } },
      ),
    ],
  }),
);

function key(publicKeys = pem, more: JsonObject = {}): JsonObject {
  const keys = { publicKeys, rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } };
  return { keys, ...more };
}

const HOST = [`${registry.host}/*`];

function entry(fields: JsonObject = {}): JsonObject {
  const attestors = [{ entries: [key()] }];
  return { failureAction: 'Enforce', imageReferences: HOST, attestors, ...fields };
}

/** A policy with these entries in one rule. */
function entries(...list: readonly JsonObject[]): readonly JsonObject[] {
  return [policy({ entries: list })];
}

const pods = (...images: readonly string[]): JsonObject => podIn('default', ...images);
const NO_DIGESTS = { mutateDigest: false, verifyDigest: false };
const NO_DEMANDS = { ...NO_DIGESTS, required: false };
const MISSING = `${registry.host}/acme/app:missing`;
const UNREACHABLE = { ...entry(), imageReferences: [`${gone.host}/*`] };
const THERE_OR_NOT = `${gone.host}/acme/app:1`;
const IGNORE = { failurePolicy: 'Ignore' };
const ALWAYS = {
  message: 'never',
  deny: { conditions: { all: [{ key: 'a', operator: 'Equals', value: 'a' }] } },
};

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'Ed25519, plain',
    given: entries(entry({ attestors: [{ entries: [key(plain.key.publicKeyPem)] }] })),
    steps: [{ admits: pods(byPlain.reference), images: [byPlain.pinned] }],
  },
  {
    name: 'Ed25519, pre-hashed',
    differs: 'cosign 3 signs so, which Kyverno rejects',
    given: entries(entry({ attestors: [{ entries: [key(prehashed.key.publicKeyPem)] }] })),
    steps: [{ admits: pods(byPrehashed.reference), images: [byPrehashed.pinned] }],
  },
  {
    name: 'MNH-09 one key twice, count 2, one signature',
    differs: 'Kyverno counts entries, here signers count',
    given: entries(entry({ attestors: [{ count: 2, entries: [key(), key()] }] })),
    steps: [{ denies: pods(signed.reference), because: /1 of 2|requiredCount: 2/ }],
  },
  {
    name: 'annotations of an attestor replace those of the entry',
    given: entries(
      entry({
        annotations: { env: 'dev' },
        attestors: [{ entries: [key(pem, { annotations: { env: 'prod' } })] }],
      }),
    ),
    steps: [
      { admits: pods(forProd.reference), images: [forProd.pinned] },
      { denies: pods(signed.reference), because: /annotation/ },
    ],
  },
  {
    name: 'annotations of the entry, where the attestor has none',
    given: entries(entry({ annotations: { env: 'dev' } })),
    steps: [{ denies: pods(forProd.reference), because: /env/ }],
  },
  {
    name: 'repository of an attestor replaces that of the entry',
    given: entries(
      entry({
        repository: `${registry.host}/acme/nothing`,
        attestors: [{ entries: [key(pem, { repository: `${registry.host}/acme/signatures` })] }],
      }),
    ),
    steps: [{ admits: pods(away.reference), images: [away.pinned] }],
  },
  {
    name: 'MNH-10 SigstoreBundle with annotations',
    differs: 'Kyverno ignores them for bundles',
    given: entries(entry({ type: 'SigstoreBundle', annotations: { env: 'prod' } })),
    steps: [{ denies: pods(bundled.reference), because: /env/ }],
  },
  {
    name: 'SigstoreBundle looks for bundles only',
    given: entries(entry({ type: 'SigstoreBundle' })),
    steps: [
      { admits: pods(bundled.reference), images: [bundled.pinned] },
      { denies: pods(signed.reference), because: /bundle/i },
    ],
  },
  {
    name: 'a pattern with a tag is not for what was pinned',
    given: entries(entry({ imageReferences: [unsigned.reference, signed.reference] })),
    steps: [
      { admits: pods(signed.reference), images: [signed.pinned] },
      { denies: pods(unsigned.reference), because: /no signatures found/ },
      { admits: pods(unsigned.pinned) },
    ],
  },
  {
    name: 'mutateDigest of one entry',
    differs: 'it pins the images of that entry, in Kyverno those of the whole rule',
    given: entries(
      entry({ imageReferences: [`${registry.host}/acme/*`] }),
      entry({ imageReferences: [`${registry.host}/other/*`], ...NO_DIGESTS }),
    ),
    steps: [
      {
        admits: pods(signed.reference, other.reference),
        images: [signed.pinned, other.reference],
      },
    ],
  },
  {
    name: 'a policy that audits does not keep the digest away that another one demands',
    given: [
      policy({ name: 'enforcing', entries: [entry()] }),
      policy({
        name: 'auditing',
        entries: [
          entry({
            failureAction: 'Audit',
            attestors: [{ entries: [key(plain.key.publicKeyPem)] }],
            mutateDigest: false,
          }),
        ],
      }),
    ],
    steps: [
      {
        admits: pods(signed.reference),
        images: [signed.pinned],
        warns: /policy auditing\.auditing: failed to verify image/,
      },
    ],
  },
  {
    name: 'required: false does not soften what fails',
    given: entries(entry(NO_DEMANDS)),
    steps: [{ denies: pods(unsigned.reference), because: /no signatures found/ }],
  },
  {
    name: 'an image that is not found fails, whatever failurePolicy says',
    given: [policy({ spec: IGNORE, entries: [entry(NO_DEMANDS)] })],
    steps: [{ denies: pods(MISSING), because: /does not exist/ }],
  },
  {
    name: 'a registry that is not there is an error: Ignore forgives it where nothing is demanded',
    given: [policy({ spec: IGNORE, entries: [{ ...UNREACHABLE, ...NO_DEMANDS }] })],
    steps: [{ admits: pods(THERE_OR_NOT), warns: /could not find out/ }],
  },
  {
    name: 'a registry that is not there: required and verifyDigest deny all the same',
    given: [policy({ spec: IGNORE, entries: [UNREACHABLE] })],
    steps: [{ denies: pods(THERE_OR_NOT), because: /could not find out/, code: 503 }],
  },
  {
    name: 'MNH-15 names of attestations',
    differs: 'a name stands for statements of its type, in Kyverno for the first of any type',
    given: entries(
      entry({
        attestors: [],
        attestations: [
          { name: 'sbom', type: SBOM, attestors: [{ entries: [key()] }] },
          { name: 'scan', type: SCAN, attestors: [{ entries: [key()] }] },
        ],
        validate: {
          deny: {
            conditions: {
              any: [
                { key: '{{ sbom.of }}', operator: 'NotEquals', value: 'sbom' },
                { key: '{{ scan.of }}', operator: 'NotEquals', value: 'scan' },
              ],
            },
          },
        },
      }),
    ),
    steps: [{ admits: pods(attested.reference), images: [attested.pinned] }],
  },
  {
    name: 'validate.deny of an entry without attestations says nothing',
    given: entries(entry({ validate: ALWAYS })),
    steps: [{ admits: pods(signed.reference), images: [signed.pinned] }],
  },
  {
    name: 'what is denied stays so where the message cannot be made, whatever failurePolicy says',
    given: [
      policy({
        spec: IGNORE,
        entries: [
          entry({
            ...NO_DEMANDS,
            attestors: [],
            attestations: [{ name: 'sbom', type: SBOM, attestors: [{ entries: [key()] }] }],
            validate: { ...ALWAYS, message: 'no {{ nothing.of.it }}' },
          }),
        ],
      }),
    ],
    steps: [
      {
        denies: pods(attested.reference),
        because: /verifyImages failed: no \{\{ nothing\.of\.it \}\}/,
      },
    ],
  },
  {
    name: 'two policies on one image do not take each other’s proof away',
    given: [
      policy({ name: 'first', entries: [entry()] }),
      policy({ name: 'second', entries: [entry()] }),
    ],
    steps: [
      {
        admits: pods(signed.reference),
        images: [signed.pinned],
        proof: { [signed.byDigest]: 'pass' },
      },
    ],
  },
];

for (const scenario of SCENARIOS) {
  test(scenarioTitle(scenario), async () => checkScenario(cluster, scenario));
}
