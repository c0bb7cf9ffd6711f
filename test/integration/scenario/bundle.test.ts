import { after, before, test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { until } from '#test/support/kube/until.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import {
  checkScenario,
  type Scenario,
  scenarioTitle,
} from '#test/support/scenario/check-scenario.ts';
import { configMap, podIn, policy } from '#test/support/scenario/objects.ts';
import { type Attach, putSample } from '#test/support/scenario/sample-images.ts';
import { startScenarioCluster } from '#test/support/scenario/scenario-cluster.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { DEFAULT_ISSUER, type LeafOptions } from '#test/support/sigstore/fulcio.ts';
import { legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import type { StatementOptions } from '#test/support/sigstore/statement.ts';
import { storeBundle, storeSignatures } from '#test/support/sigstore/store-signature.ts';
import { createTufRepository } from '#test/support/sigstore/tuf-repository.ts';
import { startTufServer } from '#test/support/sigstore/tuf-server.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';

const WORKFLOWS = 'https://github.com/acme/attested/.github/workflows';
const BUILD = `${WORKFLOWS}/build.yaml@refs/heads/main`;
const PROVENANCE = 'https://slsa.dev/provenance/v1';
const BUILD_TYPE = 'https://actions.github.io/buildtypes/workflow/v1';
const CLUSTER_ISSUER = 'https://kubernetes.default.svc.cluster.local';
const ACCOUNT = 'https://kubernetes.io/namespaces/default/serviceaccounts/default';

/** A private Sigstore, whose trust root comes from its own TUF mirror. */
const sigstore = createVirtualSigstore();
const repository = createTufRepository({
  targets: { 'trusted_root.json': Buffer.from(JSON.stringify(sigstore.trustedRoot())) },
});
const mirror = await startTufServer(repository);
const registry = await startRegistry();
const cluster = await startScenarioCluster({
  flags: [`--tuf-mirror=${mirror.url}`, '--tuf-root={tuf-root.json}'],
  files: { 'tuf-root.json': repository.initialRoot },
});
after(async () => {
  await cluster.close();
  await registry.close();
  await mirror.close();
});

/** A bundle as a referrer: cosign's signature by default. */
function bundleBy(leaf: LeafOptions, statement: StatementOptions = {}): Attach {
  return (store, subject) => {
    const request = {
      signer: sigstore.keyless(leaf),
      at: sigstore.time,
      logs: [sigstore.rekor.entry()],
    };
    return storeBundle(store, subject, {
      bundle: statementBundle(subject.digest, request, statement),
    });
  };
}

function provenance(buildType: string, workflow = BUILD): Attach {
  const names = [{ kind: 'uri', value: workflow }] as const;
  const predicate = { buildDefinition: { buildType } };
  return bundleBy({ names }, { predicateType: PROVENANCE, predicate });
}

const attested = putSample(registry, 'acme/attested:v1', provenance(BUILD_TYPE));
const byHand = putSample(registry, 'acme/attested:by-hand', provenance('https://by-hand.example'));
const foreign = putSample(
  registry,
  'acme/attested:foreign',
  provenance(BUILD_TYPE, 'https://github.com/evil/attested/.github/workflows/a@refs/heads/main'),
);
const signed = putSample(
  registry,
  'acme/attested:signed',
  bundleBy({ names: [{ kind: 'uri', value: BUILD }] }),
);
const byAccount = putSample(registry, 'acme/cluster:v1', (store, subject) => {
  const names = [{ kind: 'uri', value: ACCOUNT }] as const;
  const request = {
    signer: sigstore.keyless({ names, issuer: CLUSTER_ISSUER }),
    at: sigstore.time,
    logs: [sigstore.rekor.entry()],
  };
  return storeSignatures(store, subject, { layers: [legacySignature(subject, request)] });
});

function workflow(identity: JsonObject): JsonObject {
  const rekor = { url: 'https://rekor.test' };
  return { entries: [{ keyless: { issuer: DEFAULT_ISSUER, ...identity, rekor } }] };
}

const BUNDLES = {
  metadata: { annotations: { 'pod-policies.kyverno.io/autogen-controllers': 'none' } },
  spec: { background: false, validationFailureAction: 'Enforce', webhookTimeoutSeconds: 30 },
};

function attestedBy(identity: JsonObject): JsonObject {
  const attestation = {
    type: PROVENANCE,
    attestors: [workflow(identity)],
    conditions: [
      { all: [{ key: '{{ buildDefinition.buildType }}', operator: 'Equals', value: BUILD_TYPE }] },
    ],
  };
  const entry = { imageReferences: ['*'], type: 'SigstoreBundle', attestations: [attestation] };
  return policy({ ...BUNDLES, entries: [entry] });
}

const SIGNATURE = policy({
  ...BUNDLES,
  entries: [
    {
      imageReferences: ['*'],
      type: 'SigstoreBundle',
      attestors: [workflow({ subject: BUILD })],
    },
  ],
});

const ATTESTED = { admits: podIn('default', attested.reference), images: [attested.pinned] };
const BY_HAND = {
  denies: podIn('default', byHand.reference),
  because: /attestation checks failed for .*"https:\/\/by-hand\.example" Equals/s,
};
const FOREIGN = { denies: podIn('default', foreign.reference), because: /github\.com\/evil/ };
const SIGNED = { admits: podIn('default', signed.reference), images: [signed.pinned] };

/** Kyverno has two of this: the action of the entry, or of the whole policy. */
function customSigstore(name: string, spec: JsonObject, action: JsonObject = {}): Scenario {
  return {
    name,
    given: [
      configMap('kyverno', 'tufvalues', { REKOR_URL: 'https://rekor.test' }),
      policy({
        spec: { background: false, ...spec },
        rule: {
          context: [{ name: 'tufvalues', configMap: { name: 'tufvalues', namespace: 'kyverno' } }],
        },
        entries: [
          {
            ...action,
            imageReferences: [`${registry.host}/*`],
            required: true,
            attestors: [
              {
                count: 1,
                entries: [
                  {
                    keyless: {
                      issuer: CLUSTER_ISSUER,
                      subject: ACCOUNT,
                      rekor: { url: '{{ tufvalues.data.REKOR_URL }}' },
                    },
                  },
                ],
              },
            ],
          },
        ],
      }),
    ],
    steps: [
      { admits: podIn('default', byAccount.reference), images: [byAccount.pinned] },
      {
        denies: podIn('default', signed.reference),
        because: /policy wants subject "https:\/\/kubernetes\.io/,
      },
    ],
  };
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'sigstore-attestation-verification-test',
    given: [attestedBy({ subject: BUILD })],
    steps: [ATTESTED, BY_HAND, FOREIGN],
  },
  {
    name: 'sigstore-attestation-verification-regexp',
    given: [attestedBy({ subjectRegExp: `${WORKFLOWS}/.+` })],
    steps: [ATTESTED, BY_HAND, FOREIGN],
  },
  {
    name: 'sigstore-image-verification-test',
    differs: 'an attestation is no signature: in Kyverno any bundle of the image is one',
    given: [SIGNATURE],
    steps: [SIGNED, { denies: podIn('default', attested.reference), because: /attestation/ }],
  },
  {
    name: 'sigstore-custom-tuf/sigstore-image-verification-test',
    given: [SIGNATURE],
    steps: [SIGNED],
  },
  customSigstore(
    'custom-sigstore/standard/basic',
    { webhookConfiguration: { timeoutSeconds: 30, failurePolicy: 'Fail' } },
    { failureAction: 'Enforce' },
  ),
  customSigstore('custom-sigstore/standard/basic-deprecated', {
    validationFailureAction: 'Enforce',
    webhookTimeoutSeconds: 30,
    failurePolicy: 'Fail',
  }),
];

before(async () => {
  await cluster.give(SIGNATURE);
  await until('the trust root of the mirror', async () => {
    return (await cluster.metric('sign_policy_trust_root_timestamp_seconds')) > 0;
  });
  await cluster.clear();
});

for (const scenario of SCENARIOS) {
  test(scenarioTitle(scenario), async () => checkScenario(cluster, scenario));
}
