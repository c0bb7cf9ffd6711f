import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { AdmitOptions } from '#shared/admission/admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import { type JsonObject, stringAt } from '#shared/base/json-value.ts';
import { applyPatch } from '#shared/workload/image-patch.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { patchedImages, pod, requestFor } from '#test/support/admission/objects.ts';
import {
  extractingPolicy,
  type ExtractingPolicyOptions,
  policiesFrom,
} from '#test/support/admission/policies.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage } from '#test/support/signer/signed-image.ts';

const registry = await startRegistry();
const engine = startEngine();
after(async () => {
  await engine.close();
  await registry.close();
});

const key = generateSignerKey();
const signed = putSignedImage(registry, 'acme/signed:v1', { key });
const unsigned = putSignedImage(registry, 'acme/unsigned:v1', { key, format: 'none' });

const STEPS = 'Task: [{ path: /spec/steps/*/image }]';

type RuleOptions = Partial<ExtractingPolicyOptions>;

function policyText(options: RuleOptions): string {
  const common = { images: `${registry.host}/*`, keys: [key.publicKeyPem], extractors: undefined };
  return extractingPolicy({ ...common, ...options });
}

function task(...images: readonly string[]): JsonObject {
  return taskOf(images.map((image, index) => ({ name: `s${index}`, image })));
}

function taskOf(steps: JsonObject['steps'], metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'Task',
    metadata: { name: 'build', namespace: 'prod', ...metadata },
    spec: { steps },
  };
}

interface AskOptions extends Partial<AdmitOptions> {
  readonly request?: Partial<AdmissionRequest>;
}

async function admit(
  object: JsonObject,
  rules: readonly RuleOptions[] = [{ extractors: STEPS }],
  { request, ...options }: AskOptions = {},
): Promise<Decision> {
  const policies = rules.flatMap((rule) => policiesFrom(policyText(rule)));
  return engine.admit(requestFor(object, request), {
    policies,
    stage: 'mutate',
    pin: 'pods',
    ...options,
  });
}

async function update(before: JsonObject, object: JsonObject): Promise<Decision> {
  const request = { operation: 'UPDATE', oldObject: before } as const;
  return admit(object, undefined, { request });
}

const UNSIGNED = /acme\/unsigned:v1/;

test('custom resources: signed images are pinned where they stand, with Kyverno’s annotations', async () => {
  const object = task(signed.reference, signed.reference);
  const decision = await admit(object);
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(
    decision.patch,
    [0, 1].map((index) => ({
      op: 'replace',
      path: `/spec/steps/${index}/image`,
      value: signed.pinned,
    })),
  );
  const stored = applyPatch(object, [...decision.annotations, ...decision.patch]);
  const annotation = stringAt(stored, 'metadata', 'annotations', 'kyverno.io/verify-images') ?? '';
  const name = `${registry.host}/acme/signed@${signed.digest}`;
  assert.deepEqual(JSON.parse(annotation), { [name]: 'pass' });
});

test('custom resources: one that a controller owns is pinned too, as no Pod of ours comes after it', async () => {
  const ownerReferences = [{ kind: 'PipelineRun', name: 'run', controller: true }];
  const steps = [{ name: 'a', image: signed.reference }];
  const { patch } = await admit(taskOf(steps, { ownerReferences }));
  assert.equal(patch.length, 1);
});

test('custom resources: an image without a signature is refused, and the place is named', async () => {
  const { outcome, message, patch } = await admit(task(signed.reference, unsigned.reference));
  assert.equal(outcome, 'denied');
  assert.match(message, /^resource Task\/prod\/web was blocked/);
  assert.match(message, UNSIGNED);
  assert.match(message, /at: \/spec\/steps\/1\/image/);
  assert.deepEqual(patch, []);
});

test('custom resources: with a key the item is named', async () => {
  const extractors = 'Task: [{ path: /spec/steps/*/image, key: name }]';
  const { message } = await admit(task(unsigned.reference), [{ extractors }]);
  assert.match(message, /in container: s0/);
});

test('MNH-06 custom resources: a place of another type is unknown, not unseen', async () => {
  const { outcome, message } = await admit(taskOf({ image: signed.reference }));
  assert.equal(outcome, 'unknown', message);
  assert.match(
    message,
    /Cannot read images at \/spec\/steps\/image: expected a mapping, found string/,
  );
});

test('MNH-06 custom resources: of very many unreadable places some are named', async () => {
  const { message } = await admit(taskOf(Array.from({ length: 30 }, () => 'x')));
  assert.match(message, /\/spec\/steps\/19: expected a mapping, found string/);
  assert.doesNotMatch(message, /\/spec\/steps\/20/);
  assert.match(message, /and 10 more/);
});

test('custom resources: what one rule cannot read does not keep another from judging', async () => {
  const broken = {
    extractors: 'Task: [{ path: /spec/steps/image }]',
    name: 'broken',
    action: 'Audit' as const,
  };
  const rules = [broken, { extractors: STEPS }];
  const denied = await admit(task(unsigned.reference), rules);
  assert.equal(denied.outcome, 'denied');
  const admitted = await admit(task(signed.reference), rules);
  assert.equal(admitted.allowed, true);
  assert.match(admitted.warnings.join('\n'), /policy broken.*cannot be read/);
  assert.deepEqual(admitted.patch.length, 1);
});

for (const [what, steps] of [
  ['none', []],
  ['a blank one', [{ name: 'a', image: ' ' }]],
  ['an item without one', [{ name: 'a' }]],
] as const) {
  test(`custom resources: an object is admitted with ${what} for an image`, async () => {
    const decision = await admit(taskOf(steps));
    assert.equal(decision.allowed, true, decision.message);
    assert.deepEqual(decision.records, []);
  });
}

test('custom resources: without an extractor nothing is seen, and the record says so', async () => {
  for (const extractors of [undefined, 'Run: [{ path: /spec/image }]']) {
    const decision = await admit(task(unsigned.reference), [{ extractors }]);
    assert.equal(decision.allowed, true);
    assert.deepEqual(
      decision.records.map(({ verdict }) => [verdict.kind, verdict.message]),
      [
        [
          'skip',
          'rule check-signature found no images: its imageExtractors name none for kind Task',
        ],
      ],
    );
  }
});

test('custom resources: each rule sees its own images only', async () => {
  const sidecar = { extractors: 'Task: [{ path: /spec/sidecar/image }]', name: 'sidecar' };
  const object = { ...task(unsigned.reference), spec: { sidecar: { image: signed.reference } } };
  const decision = await admit(object, [sidecar, { extractors: STEPS }]);
  assert.equal(decision.allowed, true, decision.message);
  const records = decision.records.filter(({ image }) => image !== undefined);
  assert.deepEqual(
    records.map(({ policy, pointer }) => `${policy} ${pointer}`),
    ['sidecar /spec/sidecar/image'],
  );
});

test('custom resources: a place that two rules name is pinned for the one that says yes, unless the other refuses', async () => {
  const other = generateSignerKey();
  const strict = { extractors: STEPS, name: 'strict', keys: [other.publicKeyPem] };
  for (const [action, pins] of [
    ['Audit', [signed.pinned]],
    ['Enforce', []],
  ] as const) {
    const rules = [{ extractors: STEPS }, { ...strict, action }];
    const decision = await admit(task(signed.reference), rules);
    assert.deepEqual(patchedImages(decision), pins);
  }
});

const SAME_KEY = [
  { name: 'x', image: unsigned.reference },
  { name: 'x', image: signed.reference },
];

for (const [what, extractors, object] of [
  ['one key', 'Task: [{ path: /spec/steps/*/image, key: name }]', taskOf(SAME_KEY)],
  [
    'two extractors without a name',
    'Task: [{ path: /spec/first/image }, { path: /spec/second/image }]',
    {
      ...taskOf([]),
      spec: { first: { image: unsigned.reference }, second: { image: signed.reference } },
    },
  ],
] as const) {
  test(`MNH-27 custom resources: no image hides behind another with ${what}`, async () => {
    const { outcome, message } = await admit(object, [{ extractors }]);
    assert.equal(outcome, 'denied');
    assert.match(message, UNSIGNED);
  });
}

test('MNH-27 an extractor for Pods adds to their containers and replaces none', async () => {
  const extractors = 'Pod: [{ path: /metadata/annotations, value: image }]';
  const rules = [{ extractors, kinds: 'Pod' }];
  const annotated = { ...pod([unsigned.reference]) };
  assert.equal((await admit(annotated, rules)).outcome, 'denied');
  const metadata = { name: 'web', annotations: { image: unsigned.reference } };
  const decision = await admit({ ...pod([signed.reference]), metadata }, rules);
  assert.equal(decision.outcome, 'denied');
  assert.match(decision.message, /at: \/metadata\/annotations\/image/);
});

test('MNH-31 custom resources: a name that cannot be parsed is refused', async () => {
  const { outcome, message } = await admit(task('UPPER/Case', signed.reference));
  assert.equal(outcome, 'denied');
  assert.match(message, /UPPER\/Case/);
});

test('custom resources: an update judges the images that changed', async () => {
  const before = task(unsigned.reference);
  assert.equal(
    (
      await update(
        before,
        taskOf([{ name: 's0', image: unsigned.reference }], { labels: { a: 'b' } }),
      )
    ).allowed,
    true,
  );
  assert.equal((await update(before, task(unsigned.reference, unsigned.reference))).allowed, false);
  const added = await update(before, task(unsigned.reference, signed.reference));
  assert.equal(added.allowed, true, added.message);
  assert.deepEqual(
    added.patch.map(({ path }) => path),
    ['/spec/steps/1/image'],
  );
});

test('custom resources: an update that writes the tag back keeps the digest', async () => {
  const decision = await update(task(signed.pinned), task(signed.reference));
  assert.deepEqual(decision.patch, [
    { op: 'replace', path: '/spec/steps/0/image', value: signed.pinned },
  ]);
});

test('custom resources: past mutation they are judged as they stand', async () => {
  const validate = { stage: 'validate' } as const;
  const tag = await admit(task(signed.reference), undefined, validate);
  assert.equal(tag.outcome, 'denied');
  assert.match(tag.message, /missing digest/);
  assert.equal((await admit(task(signed.pinned), undefined, validate)).allowed, true);
});

test('custom resources: jmesPath makes the image, which is then verified and never pinned', async () => {
  const extractors =
    'Task: [{ path: /spec/steps/*/image, jmesPath: "trim_prefix(@, \'docker://\')" }]';
  const rule = { extractors, entry: ['mutateDigest: false', 'verifyDigest: false'] };
  const good = await admit(task(`docker://${signed.reference}`), [rule]);
  assert.equal(good.allowed, true, good.message);
  assert.deepEqual(good.patch, []);
  const bad = await admit(task(`docker://${unsigned.reference}`), [rule]);
  assert.equal(bad.outcome, 'denied');
  assert.match(bad.message, UNSIGNED);
});

for (const [what, jmesPath, message] of [
  ['makes no text', 'length(@)', /jmesPath length\(@\) made \d+ of it, expected a string/],
  ['fails', 'to_number(@).a', /jmesPath to_number/],
] as const) {
  test(`MNH-06 custom resources: a jmesPath that ${what} leaves it open`, async () => {
    const extractors = `Task: [{ path: /spec/steps/*/image, jmesPath: "${jmesPath}" }]`;
    const rule = { extractors, entry: ['mutateDigest: false', 'verifyDigest: false'] };
    const decision = await admit(task(signed.reference), [rule]);
    assert.equal(decision.outcome, 'unknown', decision.message);
    assert.match(decision.message, message);
  });
}

test('custom resources: images of a status subresource are judged', async () => {
  const extractors =
    'TaskRun: [{ path: /status/taskSpec/steps/*, name: taskruns, value: image, key: name }]';
  const rule = { extractors, kinds: 'tekton.dev/v1beta1/TaskRun.status' };
  const run = (image: string): JsonObject => ({
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'TaskRun',
    metadata: { name: 'run' },
    status: { taskSpec: { steps: [{ name: 'a', image }] } },
  });
  const request = {
    operation: 'UPDATE',
    subresource: 'status',
    oldObject: { ...run(''), status: {} },
  } as const;
  const bad = await admit(run(unsigned.reference), [rule], { request });
  assert.equal(bad.outcome, 'denied', bad.message);
  const good = await admit(run(signed.reference), [rule], { request });
  assert.equal(good.allowed, true, good.message);
  assert.deepEqual(good.annotations, []);
  const object = await admit(run(unsigned.reference), [rule]);
  assert.equal(object.allowed, true, 'the rule is for the subresource only');
});

test('custom resources: expressions find the images by group and key', async () => {
  const extractors = 'Task: [{ path: /spec/steps/*/image, name: steps, key: name }]';
  const text = policyText({ extractors }).replace(
    '      verifyImages:',
    '      preconditions: { all: [{ key: "{{ images.steps.s0.path }}", operator: Equals, value: acme/unsigned }] }\n      verifyImages:',
  );
  const options = { policies: policiesFrom(text), stage: 'mutate', pin: 'pods' } as const;
  const bad = await engine.admit(requestFor(task(unsigned.reference)), options);
  assert.equal(bad.outcome, 'denied', bad.message);
  const other = await engine.admit(requestFor(task(signed.reference)), options);
  assert.deepEqual(
    other.records.map(({ verdict }) => verdict.kind),
    ['skip'],
  );
});

test('custom resources: a rule that cannot be honoured refuses what it finds, and nothing else', async () => {
  const text = policyText({ extractors: STEPS }).replace(
    '      verifyImages:',
    '      celPreconditions: [{ name: a, expression: "true" }]\n      verifyImages:',
  );
  const options = { policies: policiesFrom(text), stage: 'mutate', pin: 'pods' } as const;
  const refused = await engine.admit(requestFor(task(signed.reference)), options);
  assert.equal(refused.outcome, 'unknown');
  const elsewhere = await engine.admit(requestFor(task('other.example/a:1')), options);
  assert.equal(elsewhere.allowed, true, elsewhere.message);
});

test('custom resources: a validate rule about images judges an object that names none to us', async () => {
  const text = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: own-registry }
spec:
  validationFailureAction: Enforce
  rules:
    - name: r
      match: { any: [{ resources: { kinds: [Task] } }] }
      imageExtractors: { ${STEPS} }
      validate:
        message: "images come from {{ images.custom.*.registry }}"
        deny:
          conditions:
            any: [{ key: "{{ images.custom.*.registry }}", operator: AnyNotIn, value: ["own.example"] }]
`;
  const options = { policies: policiesFrom(text), stage: 'mutate', pin: 'pods' } as const;
  const refused = await engine.admit(requestFor(task('other.example/a:1')), options);
  assert.equal(refused.outcome, 'denied', refused.message);
  const admitted = await engine.admit(requestFor(task('own.example/a:1')), options);
  assert.equal(admitted.allowed, true, admitted.message);
});
