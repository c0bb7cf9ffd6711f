import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Judgement, imageJudgements } from '#cmd/dry-run/judgement.ts';
import { objectName } from '#cmd/dry-run/admission-request.ts';
import { creationOf } from '#shared/admission/creation-of.ts';
import type { Decision, ImageRecord, PinnedImage } from '#shared/admission/decision.ts';
import type { Verdict } from '#shared/verification/verdict.ts';

const PASS: Verdict = { kind: 'pass', message: 'good', digest: undefined, signatures: [] };
const FAIL: Verdict = {
  kind: 'fail',
  reason: 'NO_SIGNATURES',
  message: 'bad',
  details: [],
  digest: undefined,
};
const ERROR: Verdict = {
  kind: 'error',
  reason: 'REGISTRY_TIMEOUT',
  message: 'who knows',
  details: [],
  digest: undefined,
  transient: true,
  retryAfterSeconds: undefined,
};

const FIRST = '/spec/containers/0/image';
const SECOND = '/spec/containers/1/image';

function record(
  verdict: Verdict,
  pointer?: string,
  mode: ImageRecord['mode'] = 'enforce',
): ImageRecord {
  return { policy: 'p', rule: 'r', mode, image: undefined, pointer, container: undefined, verdict };
}

function judgement(
  records: readonly ImageRecord[],
  outcome: Decision['outcome'],
  pinned?: string,
): Judgement {
  const image = (pointer: string): PinnedImage => ({
    pointer,
    container: 'c',
    written: 'image:1',
    digest: undefined,
    pinned: pointer === FIRST ? pinned : undefined,
  });
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod' } };
  const images = [image(FIRST), image(SECOND)];
  return {
    subject: { origin: 'file:1', object },
    request: creationOf(object, 'default'),
    images,
    decision: {
      allowed: outcome === 'admitted',
      outcome,
      retryAfterSeconds: undefined,
      message: '',
      warnings: [],
      patch: [],
      annotations: [],
      images,
      records,
    },
  };
}

const CASES: readonly (readonly [string, Judgement, readonly string[]])[] = [
  ['allows what no rule looked at', judgement([], 'admitted'), ['allow', 'allow']],
  [
    'pins what passed and got a digest',
    judgement([record(PASS, FIRST)], 'admitted', 'image:1@sha256:0'),
    ['pin', 'allow'],
  ],
  [
    'denies the image that failed, not its neighbour',
    judgement([record(FAIL, FIRST), record(PASS, SECOND)], 'denied'),
    ['deny', 'allow'],
  ],
  [
    'says unknown for an error',
    judgement([record(ERROR, FIRST), record(PASS, SECOND)], 'unknown'),
    ['unknown', 'allow'],
  ],
  [
    'denies what fails and errs at once',
    judgement([record(ERROR, FIRST), record(FAIL, FIRST), record(PASS, SECOND)], 'denied'),
    ['deny', 'allow'],
  ],
  [
    'warns for a failure in audit mode',
    judgement([record(FAIL, FIRST, 'audit')], 'admitted'),
    ['warn', 'allow'],
  ],
  [
    'warns for an error that the policy forgives',
    judgement([record(ERROR, FIRST)], 'admitted'),
    ['warn', 'allow'],
  ],
  [
    'gives a refusal of the object to the images that no rule cleared',
    judgement([record(FAIL), record(PASS, SECOND)], 'denied'),
    ['deny', 'allow'],
  ],
  [
    'gives a refusal of the object a line of its own where every image is cleared',
    judgement([record(FAIL), record(PASS, FIRST), record(PASS, SECOND)], 'denied'),
    ['allow', 'allow', 'deny'],
  ],
  [
    'never loses a refusal that points to a place which holds no image',
    judgement([record(FAIL, '/spec'), record(PASS, FIRST), record(PASS, SECOND)], 'denied'),
    ['allow', 'allow', 'deny'],
  ],
];

for (const [criterion, given, outcomes] of CASES) {
  test(`imageJudgements() ${criterion}`, () => {
    assert.deepEqual(
      imageJudgements(given).map(({ outcome }) => outcome),
      outcomes,
    );
  });
}

test('creationOf() takes the namespace of the object before the default', () => {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'prod' } };
  const { group, version, namespace, operation } = creationOf(object, 'default');
  assert.deepEqual([group, version, namespace, operation], ['apps', 'v1', 'prod', 'CREATE']);
  assert.equal(creationOf({ kind: 'Pod' }, 'team').namespace, 'team');
});

test('objectName() names objects as kubectl does', () => {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
  assert.equal(objectName(creationOf(deployment, 'default')), 'deployment.apps/web');
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'web-' } };
  assert.equal(objectName(creationOf(pod, 'default')), 'pod/web-');
});
