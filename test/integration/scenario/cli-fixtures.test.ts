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
import { generateSignerKey, type SignerKey } from '#test/support/signer/key-pair.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';

const [key, strange] = [generateSignerKey(), generateSignerKey()];
const registry = await startRegistry();
const cluster = await startScenarioCluster({});
after(async () => {
  await cluster.close();
  await registry.close();
});

function signedBy(by: SignerKey): Attach {
  return (store, subject) => signSimple(store, subject, by);
}

const signed = putSample(registry, 'acme/app:signed', signedBy(key));
const unsigned = putSample(registry, 'acme/app:unsigned');
const foreign = putSample(registry, 'acme/app:foreign', signedBy(strange));

const KEYS = {
  publicKeys: key.publicKeyPem,
  signatureAlgorithm: 'sha256',
  rekor: { ignoreTlog: true, url: 'https://rekor.test' },
  ctlog: { ignoreSCT: true },
};
const ALL_SWITCHES = { mutateDigest: true, required: true, useCache: true, verifyDigest: true };
const NO_DIGESTS = { mutateDigest: false, verifyDigest: false };
const OURS = [`${registry.host}/acme/app:*`];
const ATTESTORS = [{ count: 1, entries: [{ keys: KEYS }] }];

/** For Pods alone, not for what makes them. */
const FOR_PODS = {
  metadata: { annotations: { 'pod-policies.kyverno.io/autogen-controllers': 'none' } },
  spec: { admission: true, background: false },
};

function dataVolume(image: string): JsonObject {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: 'test', namespace: 'default' },
    spec: {
      source: { registry: { url: `docker://${image}` } },
      pvc: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
    },
  };
}

const SIGNED = { admits: podIn('default', signed.reference), images: [signed.pinned] };
const UNSIGNED = { denies: podIn('default', unsigned.reference), because: /no signatures found/ };

const REFUSED_WHEN_MADE =
  'Kyverno lets nobody make the policy, nor do lint and dry-run; what is in a cluster is judged by';

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'cli/images/digest',
    given: [
      policy({
        ...FOR_PODS,
        name: 'require-image-digest',
        entries: [
          {
            failureAction: 'Audit',
            imageReferences: ['*'],
            mutateDigest: false,
            required: false,
            verifyDigest: true,
          },
        ],
      }),
    ],
    steps: [
      { admits: podIn('default', unsigned.reference), warns: /missing digest for / },
      { admits: podIn('default', unsigned.pinned) },
    ],
  },
  {
    name: 'cli/images/secure-images',
    given: [
      policy({
        ...FOR_PODS,
        name: 'secure-images',
        entries: [
          { failureAction: 'Enforce', imageReferences: ['*'], required: true, ...NO_DIGESTS },
        ],
      }),
    ],
    steps: [
      { denies: podIn('default', signed.reference), because: /unverified image .*app:signed/ },
    ],
  },
  {
    name: 'cli/images/signatures',
    given: [
      policy({
        ...FOR_PODS,
        name: 'verify-signature',
        entries: [
          {
            failureAction: 'Enforce',
            imageReferences: OURS,
            attestors: [{ entries: [{ keys: KEYS }] }],
            ...ALL_SWITCHES,
          },
        ],
      }),
    ],
    steps: [SIGNED, UNSIGNED],
  },
  {
    name: 'cli/images/verify-signature',
    given: [
      policy({
        ...FOR_PODS,
        name: 'check-image',
        entries: [
          {
            failureAction: 'Enforce',
            imageReferences: ['*'],
            attestors: ATTESTORS,
            ...ALL_SWITCHES,
          },
        ],
      }),
      policy({
        ...FOR_PODS,
        name: 'check-data-volume-image',
        rule: {
          match: { any: [{ resources: { kinds: ['DataVolume'] } }] },
          imageExtractors: {
            DataVolume: [
              { path: '/spec/source/registry/url', jmesPath: "trim_prefix(@, 'docker://')" },
            ],
          },
        },
        entries: [
          {
            failureAction: 'Enforce',
            imageReferences: ['*'],
            attestors: ATTESTORS,
            required: true,
            ...NO_DIGESTS,
          },
        ],
      }),
    ],
    steps: [
      SIGNED,
      UNSIGNED,
      { admits: dataVolume(signed.reference), proof: { [signed.reference]: 'pass' } },
      { denies: dataVolume(unsigned.reference), because: /no signatures found/ },
    ],
  },
  {
    name: 'reports/background/verify-image-pass and verify-image-fail',
    given: [
      policy({
        kind: 'Policy',
        name: 'keyed-basic-policy',
        metadata: { namespace: 'scanned' },
        spec: { background: true, webhookTimeoutSeconds: 30 },
        entries: [
          {
            failureAction: 'Audit',
            imageReferences: OURS,
            attestors: [{ entries: [{ keys: KEYS }] }],
            required: false,
            ...NO_DIGESTS,
          },
        ],
      }),
    ],
    steps: [
      { admits: podIn('scanned', signed.reference) },
      { admits: podIn('scanned', unsigned.reference), warns: /no signatures found/ },
      { admits: podIn('scanned', foreign.reference), warns: /keys: signature in .*app/ },
      { admits: podIn('elsewhere', unsigned.reference) },
    ],
  },
  ...['ClusterPolicy', 'Policy'].map((kind) => ({
    name: `policy-validation/${kind}/admission-disabled`,
    differs: REFUSED_WHEN_MADE,
    given: [
      policy({
        kind,
        name: 'verify-image',
        metadata: kind === 'Policy' ? { namespace: 'default' } : {},
        spec: { admission: false, background: true },
        entries: [{ failureAction: 'Enforce', imageReferences: OURS, attestors: ATTESTORS }],
      }),
    ],
    steps: [UNSIGNED],
  })),
  ...['block-verifyimage', 'block-verifyimage-deprecated'].map((name) => ({
    name: `validate/clusterpolicy/standard/wildcard/${name}`,
    differs: REFUSED_WHEN_MADE,
    given: [
      policy({
        name: 'verify-image',
        spec: { background: false },
        rule: { match: { any: [{ resources: { kinds: ['*'] } }] } },
        entries: [{ failureAction: 'Enforce', imageReferences: OURS, attestors: ATTESTORS }],
      }),
    ],
    steps: [SIGNED, UNSIGNED],
  })),
];

for (const scenario of SCENARIOS) {
  test(scenarioTitle(scenario), async () => checkScenario(cluster, scenario));
}
