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
import { putSample } from '#test/support/scenario/sample-images.ts';
import { startScenarioCluster } from '#test/support/scenario/scenario-cluster.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';

/** What Kyverno 1.19.1 was seen to answer about actions, matching, patterns and what it does not see. */
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

const KEYS = {
  publicKeys: key.publicKeyPem,
  rekor: { ignoreTlog: true },
  ctlog: { ignoreSCT: true },
};
const VERIFYING = {
  failureAction: 'Enforce',
  imageReferences: ['*'],
  attestors: [{ entries: [{ keys: KEYS }] }],
};
const UNSIGNED = /no signatures found/;

/** A rule about the object, which names images and so is ours. */
function pattern(image: string, failureAction: string, more: JsonObject = {}): JsonObject {
  return {
    match: PODS,
    validate: {
      failureAction,
      message: `Wanted ${image}.`,
      pattern: { spec: { containers: [{ image }] } },
      ...more,
    },
  };
}

function rules(spec: JsonObject, ...list: readonly JsonObject[]): readonly JsonObject[] {
  const named = list.map((rule, index) => ({ name: `rule-${index}`, ...rule }));
  return [policy({ name: 'rules', spec: { ...spec, rules: named } })];
}

const pods = (...images: readonly string[]): JsonObject => podIn('default', ...images);
const deployments = (...images: readonly string[]): JsonObject =>
  deploymentIn('default', ...images);

/** As two containers of one name would stand there. */
function withoutNames(pod: JsonObject): JsonObject {
  const text = JSON.stringify(pod).replaceAll(/"(?:c|s)\d"/g, '"same"');
  return JSON.parse(text) as JsonObject;
}

function foreach(elements: string): JsonObject {
  return {
    match: PODS,
    validate: {
      failureAction: 'Enforce',
      message: 'Never.',
      foreach: [{ list: elements, pattern: { image: 'never' } }],
    },
  };
}

function extracting(...places: readonly JsonObject[]): readonly JsonObject[] {
  const entry = { ...VERIFYING, mutateDigest: false, verifyDigest: false };
  const rule = { ...TASKS, imageExtractors: { Task: places } };
  return [policy({ rule, entries: [entry] })];
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a rule’s own action decides, where one policy mixes them',
    given: rules({}, pattern('*:a*', 'Audit'), pattern('*:*b', 'Enforce')),
    steps: [
      { admits: pods('x.example/i:b'), warns: /rule-0: .*Wanted \*:a\*/ },
      { denies: pods('x.example/i:a'), because: /Wanted \*:\*b/ },
    ],
  },
  {
    name: 'scored: "false" still blocks',
    given: [
      policy({
        metadata: { annotations: { 'policies.kyverno.io/scored': 'false' } },
        entries: [VERIFYING],
      }),
    ],
    steps: [{ denies: pods(unsigned.reference), because: UNSIGNED }],
  },
  {
    name: 'one entry that enforces makes the rule enforce',
    given: [
      policy({
        entries: [
          { ...VERIFYING, failureAction: 'Audit', imageReferences: [unsigned.reference] },
          { ...VERIFYING, imageReferences: [signed.reference] },
        ],
      }),
    ],
    steps: [{ denies: pods(unsigned.reference), because: UNSIGNED }],
  },
  {
    name: 'v1/Deployment is for apps/v1, the group is open',
    given: [
      policy({
        rule: { match: { any: [{ resources: { kinds: ['v1/Deployment'] } }] } },
        entries: [VERIFYING],
      }),
    ],
    steps: [{ denies: deployments(unsigned.reference), because: UNSIGNED }],
  },
  {
    name: 'in generated rules request.object.metadata is the template’s',
    given: [
      policy({
        rule: {
          preconditions: {
            all: [
              {
                key: '{{ request.object.metadata.labels.app }}',
                operator: 'Equals',
                value: 'test',
              },
            ],
          },
        },
        entries: [VERIFYING],
      }),
    ],
    steps: [{ denies: deployments(unsigned.reference), because: UNSIGNED }],
  },
  {
    name: 'mixed kinds stop the generating of rules',
    given: [
      policy({
        rule: { match: { any: [{ resources: { kinds: ['Pod', 'Job'] } }] } },
        entries: [VERIFYING],
      }),
    ],
    steps: [
      { admits: deployments(unsigned.reference) },
      { denies: pods(unsigned.reference), because: UNSIGNED },
    ],
  },
  {
    name: 'names in exclude stop it too',
    given: [
      policy({
        rule: { exclude: { any: [{ resources: { names: ['exempt'] } }] } },
        entries: [VERIFYING],
      }),
    ],
    steps: [
      { admits: deployments(unsigned.reference) },
      { denies: pods(unsigned.reference), because: UNSIGNED },
    ],
  },
  {
    name: '& binds closer than |',
    given: rules({}, pattern('a* & *b | c', 'Enforce')),
    steps: [
      { admits: pods('c') },
      { admits: podIn('other', 'a.example/b') },
      { denies: podIn('more', 'a.example/c'), because: /Wanted/ },
    ],
  },
  {
    name: 'only the first element of a list pattern counts',
    given: rules(
      {},
      pattern('', 'Enforce', {
        pattern: { spec: { containers: [{ image: 'a*' }, { image: 'b*' }] } },
      }),
    ),
    steps: [{ admits: pods('a.example/1', 'a.example/2') }],
  },
  {
    name: '() that no element meets skips, which in anyPattern is no pass',
    given: rules(
      {},
      {
        match: PODS,
        validate: {
          failureAction: 'Enforce',
          anyPattern: [
            { spec: { containers: [{ '(image)': 'never/*', name: 'x' }] } },
            { spec: { containers: [{ image: 'a.*' }] } },
          ],
        },
      },
    ),
    steps: [
      { admits: pods('a.example/1') },
      { denies: podIn('other', 'b.example/1'), because: /rule-0/ },
    ],
  },
  {
    name: 'a foreach with nothing to judge says nothing',
    given: rules({}, foreach('request.object.spec.initContainers')),
    steps: [{ admits: pods('a.example/1') }],
  },
  {
    name: 'applyRules One leaves skipped and unmatched rules out',
    given: rules(
      { applyRules: 'One' },
      { ...pattern('*', 'Enforce'), match: { any: [{ resources: { kinds: ['Job'] } }] } },
      foreach('request.object.spec.initContainers'),
      pattern('a.*', 'Enforce'),
      pattern('b.*', 'Enforce'),
    ),
    steps: [
      { admits: pods('a.example/1') },
      { denies: podIn('other', 'b.example/1'), because: /Wanted a\.\*/ },
    ],
  },
  {
    name: 'MNH-06 what is refused stays so where its message cannot be made, whatever failurePolicy says',
    given: rules(
      { failurePolicy: 'Ignore' },
      {
        ...pattern('never', 'Enforce', { message: 'Ask {{ contact.data.name }}.' }),
        context: [{ name: 'contact', configMap: { name: 'missing', namespace: 'default' } }],
      },
    ),
    steps: [{ denies: pods('a.example/1'), because: /Ask \{\{ contact\.data\.name \}\}\./ }],
  },
  {
    name: 'MNH-31 a name that cannot be parsed',
    differs: 'Kyverno admits it, with the images beside it',
    given: [policy({ entries: [VERIFYING] })],
    steps: [
      { denies: pods('UPPER/Case:1', signed.reference), because: /UPPER\/Case/ },
      { denies: pods('UPPER/Case:1', unsigned.reference), because: UNSIGNED },
    ],
  },
  {
    name: 'MNH-27 two containers of one name',
    differs: 'Kyverno verifies the last one only',
    given: [policy({ entries: [VERIFYING] })],
    steps: [
      { denies: withoutNames(pods(unsigned.reference, signed.reference)), because: UNSIGNED },
      { denies: withoutNames(pods(signed.reference, unsigned.reference)), because: UNSIGNED },
    ],
  },
  {
    name: 'MNH-27 two extracted items with one key',
    differs: 'Kyverno sees the last one only',
    given: extracting({ path: '/spec/steps/*', value: 'image', key: 'name' }),
    steps: [
      { denies: withoutNames(taskWith(unsigned.reference, signed.reference)), because: UNSIGNED },
    ],
  },
  {
    name: 'MNH-27 two extractors without a name',
    differs: 'Kyverno sees those of the last one only',
    given: extracting({ path: '/spec/steps/*/image' }, { path: '/spec/sidecar/image' }),
    steps: [{ denies: taskWith(unsigned.reference), because: UNSIGNED }],
  },
  {
    name: 'MNH-27 an extractor for Pods',
    differs: 'in Kyverno it replaces the places that are known',
    given: [
      policy({
        rule: { imageExtractors: { Pod: [{ path: '/spec/debug/*/image' }] } },
        entries: [VERIFYING],
      }),
    ],
    steps: [{ denies: pods(unsigned.reference), because: UNSIGNED }],
  },
];

for (const scenario of SCENARIOS) {
  test(scenarioTitle(scenario), async () => checkScenario(cluster, scenario));
}
