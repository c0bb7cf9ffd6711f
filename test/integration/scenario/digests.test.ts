import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import {
  checkScenario,
  type Scenario,
  scenarioTitle,
} from '#test/support/scenario/check-scenario.ts';
import {
  deploymentIn,
  podIn,
  PODS,
  policy,
  TASKS,
  taskWith,
} from '#test/support/scenario/objects.ts';
import { type Attach, putSample } from '#test/support/scenario/sample-images.ts';
import { startScenarioCluster } from '#test/support/scenario/scenario-cluster.ts';
import { legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import { storeSignatures } from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';

const sigstore = createVirtualSigstore();
const signer = keySigner();
const publicKeys = signer.key.publicKeyPem;
const registry = await startRegistry();
const cluster = await startScenarioCluster({ trustedRoot: sigstore.trustedRoot() });
after(async () => {
  await cluster.close();
  await registry.close();
});

const logs = [sigstore.rekor.entry()];
const sign: Attach = (store, subject) =>
  storeSignatures(store, subject, {
    layers: [legacySignature(subject, { signer, at: sigstore.time, logs })],
  });
const [signed, second, third] = [1, 2, 3].map((version) =>
  putSample(registry, `acme/app:signed-${version}`, sign),
);
const unsigned = putSample(registry, 'acme/app:unsigned');
if (signed === undefined || second === undefined || third === undefined) throw new Error();

const OURS = [`${registry.host}/acme/app*`];
const NO_LOG = { ignoreTlog: true, url: 'https://rekor.test' };
const KEYED = [{ entries: [{ keys: { publicKeys, rekor: NO_LOG, ctlog: { ignoreSCT: true } } }] }];
const ENFORCED = { failureAction: 'Enforce', imageReferences: OURS };

/** A policy without attestors: it is about digests only. */
function digestPolicy(switches: JsonObject): JsonObject {
  const entry = { ...ENFORCED, required: false, ...switches };
  return policy({ name: 'mutatedigest-policy', entries: [entry] });
}

/** A policy for Tekton's Tasks in the shorthand of old policies. */
function tasks(name: string, extractors: JsonObject): JsonObject {
  return policy({
    name,
    spec: { admission: true, background: true },
    rule: { ...TASKS, ...extractors },
    entries: [{ failureAction: 'Enforce', image: '*', key: publicKeys, useCache: true }],
  });
}

const GOOD_TASK = { admits: taskWith(signed.reference), images: [signed.pinned] };
const BAD_TASK = {
  denies: taskWith(signed.reference, unsigned.reference),
  because: /app:unsigned@.*no signatures found/s,
};

const SCANNED = {
  name: 'keyed-basic-policy',
  spec: { background: true, failurePolicy: 'Fail', webhookTimeoutSeconds: 30 },
};
const AUDITED = {
  failureAction: 'Audit',
  imageReferences: OURS,
  mutateDigest: false,
  verifyDigest: false,
  attestors: KEYED,
};
const AUDITS = [
  { admits: podIn('default', signed.reference) },
  {
    admits: podIn('default', unsigned.reference),
    warns: /keyed-basic-rule: failed to verify image/,
  },
];

/** For Deployments, and for no Pods. */
const ROLLBACK = policy({
  name: 'check-image',
  spec: { background: false, failurePolicy: 'Fail', webhookTimeoutSeconds: 30 },
  rule: { match: { any: [{ resources: { kinds: ['Deployment'] } }] } },
  entries: [{ ...ENFORCED, attestors: [{ count: 1, ...KEYED[0] }] }],
});

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'mutateDigest-noverifyDigest-norequired',
    given: [digestPolicy({ mutateDigest: true, verifyDigest: false })],
    steps: [{ admits: podIn('default', unsigned.reference), images: [unsigned.pinned] }],
  },
  {
    name: 'nomutateDigest-verifyDigest-norequired',
    given: [digestPolicy({ mutateDigest: false, verifyDigest: true })],
    steps: [
      { admits: podIn('default', unsigned.pinned) },
      { denies: podIn('other', unsigned.reference), because: /missing digest for / },
    ],
  },
  {
    name: 'imageExtractors-simple',
    given: [
      tasks('tasks-simple', { imageExtractors: { Task: [{ path: '/spec/steps/*/image' }] } }),
    ],
    steps: [BAD_TASK, GOOD_TASK],
  },
  {
    name: 'imageExtractors-complex',
    given: [
      tasks('tasks-complex', {
        imageExtractors: {
          Task: [{ path: '/spec/steps/*', name: 'steps', value: 'image', key: 'name' }],
        },
      }),
    ],
    steps: [BAD_TASK, GOOD_TASK],
  },
  {
    name: 'imageExtractors-none',
    given: [tasks('tasks-no-extractor', {})],
    steps: [{ admits: taskWith(unsigned.reference) }],
  },
  {
    name: 'update-multi-containers',
    given: [
      policy({
        name: 'verify-image-signature',
        spec: { background: false, failurePolicy: 'Fail', webhookTimeoutSeconds: 30 },
        entries: [
          {
            ...ENFORCED,
            attestors: [{ count: 1, entries: [{ keys: { publicKeys } }] }],
            mutateDigest: false,
            required: true,
            verifyDigest: false,
          },
        ],
      }),
    ],
    steps: [
      { admits: deploymentIn('default', signed.reference, second.reference) },
      { admits: deploymentIn('default', signed.reference, third.reference) },
      {
        denies: deploymentIn('default', signed.reference, unsigned.reference),
        because: /no signatures found/,
      },
    ],
  },
  {
    name: 'rollback-image-verification',
    given: [ROLLBACK],
    steps: [
      { admits: deploymentIn('default', second.reference), images: [second.pinned] },
      { admits: deploymentIn('default', signed.reference), images: [signed.pinned] },
      { admits: deploymentIn('default', second.pinned), images: [second.pinned] },
    ],
  },
  {
    name: 'verify-image-background-basic',
    given: [policy({ ...SCANNED, rule: { name: 'keyed-basic-rule' }, entries: [AUDITED] })],
    steps: AUDITS,
  },
  {
    name: 'verify-image-background-existing',
    given: [],
    steps: [
      { admits: podIn('default', unsigned.reference) },
      { give: [policy({ ...SCANNED, rule: { name: 'keyed-basic-rule' }, entries: [AUDITED] })] },
      { admits: podIn('default', unsigned.reference) },
    ],
  },
  {
    name: 'verify-image-background-audit',
    given: [
      policy({
        ...SCANNED,
        spec: {
          ...SCANNED.spec,
          rules: [
            { name: 'keyed-basic-rule', match: PODS, verifyImages: [AUDITED] },
            {
              name: 'require-label',
              match: PODS,
              validate: {
                failureAction: 'Audit',
                message: 'You must have the label.',
                pattern: { metadata: { labels: { foo: 'bar' } } },
              },
            },
          ],
        },
      }),
    ],
    steps: AUDITS,
  },
  {
    name: 'with-mutation',
    differs:
      'our webhook is asked before one that replaces images, and refuses what that would replace',
    given: [
      policy({
        name: 'with-mutation-img',
        spec: { validationFailureAction: 'Enforce', failurePolicy: 'Fail' },
        entries: [
          {
            imageReferences: OURS,
            attestors: [{ entries: [{ keys: { publicKeys, rekor: NO_LOG } }] }],
          },
        ],
      }),
      policy({
        name: 'with-mutation-mut',
        spec: { validationFailureAction: 'Enforce', failurePolicy: 'Fail' },
        rule: {
          mutate: {
            patchStrategicMerge: {
              spec: { containers: [{ '(name)': 'c0', image: signed.reference }] },
            },
          },
        },
      }),
    ],
    steps: [
      { denies: podIn('default', unsigned.reference), because: /no signatures found/ },
      { admits: podIn('default', signed.reference), images: [signed.pinned] },
    ],
  },
];

test('scenario rollback-image-verification: a Deployment that was not pinned is refused, as no Pod would be', async () => {
  await cluster.give(ROLLBACK);
  assert.equal(await cluster.validates(deploymentIn('default', second.reference)), false);
  assert.equal(await cluster.validates(deploymentIn('default', second.pinned)), true);
  await cluster.clear();
});

test('scenario verify-image-background-basic: verdicts of a rule that audits are counted', async () => {
  const counted = async (): Promise<readonly number[]> =>
    Promise.all(
      ['pass', 'fail'].map((result) =>
        cluster.metric(`sign_policy_verifications_total{result="${result}"}`),
      ),
    );
  await cluster.give(policy({ ...SCANNED, entries: [AUDITED] }));
  const [passes = 0, failures = 0] = await counted();
  await cluster.apply(podIn('default', signed.reference));
  await cluster.apply(podIn('other', unsigned.reference));
  assert.deepEqual(await counted(), [passes + 2, failures + 2], 'once by each webhook');
  await cluster.clear();
});

for (const scenario of SCENARIOS) {
  test(scenarioTitle(scenario), async () => checkScenario(cluster, scenario));
}
