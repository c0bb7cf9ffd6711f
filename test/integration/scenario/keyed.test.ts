import { after, test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import {
  checkScenario,
  type Scenario,
  scenarioTitle,
} from '#test/support/scenario/check-scenario.ts';
import {
  configMap,
  deploymentIn,
  namespaceObject,
  podIn,
  PODS,
  policy,
  secret,
} from '#test/support/scenario/objects.ts';
import { type Attach, putSample } from '#test/support/scenario/sample-images.ts';
import { startScenarioCluster } from '#test/support/scenario/scenario-cluster.ts';
import { legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import type { Signer } from '#test/support/sigstore/signer.ts';
import type { SigningRequest } from '#test/support/sigstore/signing-request.ts';
import { storeLegacyReferrer, storeSignatures } from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';

const sigstore = createVirtualSigstore();
const [signer, stranger] = [keySigner(), keySigner()];
const pem = signer.key.publicKeyPem;
const registry = await startRegistry();
const cluster = await startScenarioCluster({ trustedRoot: sigstore.trustedRoot() });
after(async () => {
  await cluster.close();
  await registry.close();
});

function signedBy(by: Signer, more: Partial<SigningRequest> = {}): Attach {
  return (store, subject) =>
    storeSignatures(store, subject, {
      layers: [legacySignature(subject, { signer: by, at: sigstore.time, ...more })],
    });
}

const LOGGED = { logs: [sigstore.rekor.entry()] };
const signed = putSample(registry, 'acme/app:signed', signedBy(signer));
const unsigned = putSample(registry, 'acme/app:unsigned');
const foreign = putSample(registry, 'acme/app:foreign', signedBy(stranger));
const other = putSample(registry, 'elsewhere/app:signed', signedBy(signer));
const logged = putSample(registry, 'acme/app:logged', signedBy(signer, LOGGED));
const stamped = putSample(
  registry,
  'acme/app:stamped',
  signedBy(signer, { ...LOGGED, timestamps: [sigstore.tsa.stamp({ embed: 'chain' })] }),
);
const elsewhere = createVirtualSigstore().tsa;
const stampedElsewhere = putSample(
  registry,
  'acme/app:stamped-elsewhere',
  signedBy(signer, { timestamps: [elsewhere.stamp({ embed: 'chain' })] }),
);
const referring = putSample(registry, 'acme/app:oci11', (store, subject) =>
  storeLegacyReferrer(store, subject, {
    layers: [legacySignature(subject, { signer, at: sigstore.time })],
  }),
);

const NO_LOG = { ignoreTlog: true, url: 'https://rekor.test' };
const NO_SCT = { ignoreSCT: true };
const OURS = [`${registry.host}/acme/app:*`];
const HOST = [`${registry.host}/*`];

function keys(publicKeys: string, more: JsonObject = { rekor: NO_LOG, ctlog: NO_SCT }): JsonObject {
  return { entries: [{ keys: { publicKeys, ...more } }] };
}

const KEYED = {
  failureAction: 'Enforce',
  imageReferences: OURS,
  attestors: [keys(pem, { rekor: NO_LOG })],
};
const BASIC = {
  name: 'keyed-basic',
  spec: { background: false, failurePolicy: 'Fail', webhookTimeoutSeconds: 30 },
};
const proved = { [signed.byDigest]: 'pass' };

/** A policy whose key is in a ConfigMap. */
function fromConfigMap(name: string, spec: JsonObject, more: JsonObject = {}): JsonObject {
  return policy({
    name: 'image-verify-polset',
    metadata: { annotations: { 'pod-policies.kyverno.io/autogen-controllers': 'none' } },
    rule: { context: [{ name, configMap: { name, namespace: 'mynamespace' } }] },
    entries: [
      {
        failureAction: 'Audit',
        imageReferences: HOST,
        mutateDigest: false,
        verifyDigest: false,
        attestors: [keys(`{{${name}.data.configmapkey}}`, more)],
      },
    ],
    spec: { background: false, webhookTimeoutSeconds: 30, ...spec },
  });
}

const AUDIT_NEVER_BLOCKS = 'an error of an audit rule denies in Kyverno; here audit never blocks';
const WITHOUT_CONFIG_MAP = {
  steps: [
    {
      admits: podIn('mynamespace', signed.reference),
      warns: /failed to get configmap mynamespace\/myconfigmap/,
    },
  ],
};

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'cornercases/multiple-attestors',
    given: [
      policy({
        name: 'validate-signatures',
        spec: {
          background: false,
          rules: [
            ['check-1', OURS, pem, true] as const,
            [
              'check-2',
              [`${registry.host}/elsewhere/*`],
              stranger.key.publicKeyPem,
              false,
            ] as const,
          ].map(([name, imageReferences, publicKeys, flag]) => ({
            name,
            match: PODS,
            verifyImages: [
              {
                failureAction: 'Enforce',
                imageReferences,
                attestors: [{ count: 1, ...keys(publicKeys) }],
                mutateDigest: flag,
                verifyDigest: flag,
                required: true,
              },
            ],
          })),
        },
      }),
    ],
    steps: [
      { admits: podIn('default', signed.reference), images: [signed.pinned], proof: proved },
      {
        denies: podIn('default', signed.reference, other.reference),
        because: /was not made by key/,
      },
    ],
  },
  {
    name: 'configmap-context-lookup',
    given: [
      configMap('default', 'keys', { org: pem, org1: stranger.key.publicKeyPem }),
      policy({
        name: 'verify-image-with-multi-keys',
        spec: { background: true },
        rule: { context: [{ name: 'keys', configMap: { name: 'keys', namespace: 'default' } }] },
        entries: [{ failureAction: 'Enforce', image: '*', key: '{{ keys.data.org }}' }],
      }),
    ],
    steps: [
      { admits: podIn('default', logged.reference), images: [logged.pinned] },
      { denies: podIn('default', foreign.reference), because: /was not made by key/ },
    ],
  },
  {
    name: 'empty-image',
    given: [policy({ ...BASIC, entries: [{ ...KEYED, imageReferences: ['*'], useCache: true }] })],
    steps: [
      { admits: deploymentIn('default', ' ') },
      { denies: deploymentIn('default', ' ', unsigned.reference), because: /no signatures found/ },
    ],
  },
  {
    name: 'failure-policy-test-noconfigmap-diffimage-success',
    given: [
      fromConfigMap(
        'myconfigmap',
        {
          webhookTimeoutSeconds: undefined,
          webhookConfiguration: { timeoutSeconds: 30, failurePolicy: 'Ignore' },
        },
        { rekor: NO_LOG, ctlog: NO_SCT },
      ),
    ],
    ...WITHOUT_CONFIG_MAP,
  },
  {
    name: 'failure-policy-test-noconfigmap-diffimage-success-deprecated',
    given: [
      fromConfigMap('myconfigmap', { failurePolicy: 'Ignore' }, { rekor: NO_LOG, ctlog: NO_SCT }),
    ],
    ...WITHOUT_CONFIG_MAP,
  },
  {
    name: 'noconfigmap-diffimage-success',
    differs: AUDIT_NEVER_BLOCKS,
    given: [
      namespaceObject('mynamespace'),
      fromConfigMap('myconfigmap', { failurePolicy: 'Fail' }),
    ],
    steps: [
      { admits: podIn('mynamespace', 'public.ecr.aws/docker/library/nginx:latest') },
      ...WITHOUT_CONFIG_MAP.steps,
      {
        give: [
          fromConfigMap('myconfigmap1', { failurePolicy: 'Fail' }),
          configMap('mynamespace', 'myconfigmap1', { configmapkey: pem }),
        ],
      },
      { admits: podIn('mynamespace', logged.reference) },
    ],
  },
  {
    name: 'keyed-basic',
    given: [policy({ ...BASIC, entries: [KEYED] })],
    steps: [
      {
        admits: podIn('test-verify-images', signed.reference),
        images: [signed.pinned],
        proof: proved,
      },
      { denies: podIn('test-verify-images', unsigned.reference), because: /no signatures found/ },
    ],
  },
  {
    name: 'keyed-basic-namespace-selector',
    given: [
      namespaceObject('verified', { signed: 'true' }),
      namespaceObject('unprotected', { signed: 'false' }),
      policy({
        ...BASIC,
        rule: {
          match: {
            all: [
              {
                resources: {
                  kinds: ['Pod'],
                  namespaceSelector: {
                    matchExpressions: [{ key: 'signed', operator: 'In', values: ['true'] }],
                  },
                },
              },
            ],
          },
        },
        entries: [KEYED],
      }),
    ],
    steps: [
      { admits: podIn('verified', signed.reference), images: [signed.pinned] },
      { denies: podIn('verified', unsigned.reference), because: /no signatures found/ },
      { admits: podIn('unprotected', unsigned.reference) },
    ],
  },
  {
    name: 'keyed-oci11',
    given: [policy({ ...BASIC, entries: [{ ...KEYED, cosignOCI11: true }] })],
    steps: [{ admits: podIn('default', referring.reference), images: [referring.pinned] }],
  },
  {
    name: 'keyed-secret',
    given: [
      secret('test-verify-images', 'testsecret', { 'cosign.pub': pem }),
      policy({
        ...BASIC,
        entries: [
          {
            ...KEYED,
            attestors: [
              {
                entries: [
                  {
                    keys: {
                      rekor: NO_LOG,
                      secret: { name: 'testsecret', namespace: 'test-verify-images' },
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
      { admits: podIn('default', signed.reference), images: [signed.pinned] },
      { denies: podIn('default', foreign.reference), because: /was not made by key/ },
    ],
  },
  {
    name: 'keyed-tsa',
    given: [
      policy({
        ...BASIC,
        entries: [
          { ...KEYED, attestors: [keys(pem, { ctlog: { tsaCertChain: sigstore.pem.tsaChain } })] },
        ],
      }),
    ],
    steps: [
      { admits: podIn('default', stamped.reference), images: [stamped.pinned] },
      {
        denies: podIn('default', stampedElsewhere.reference),
        because: /timestamp|transparency log/,
      },
    ],
  },
];

for (const scenario of SCENARIOS) {
  test(scenarioTitle(scenario), async () => checkScenario(cluster, scenario));
}
