import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAnswer, type Stage } from '#server/admission/answer.ts';
import type { Decision } from '#shared/admission/decision.ts';
import { decisionOf } from './review-fixture.ts';

interface Answer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly patchType?: string;
  readonly warnings?: readonly string[];
  readonly status?: Record<string, unknown>;
  readonly auditAnnotations: Record<string, string>;
}

function answer(decision: Partial<Decision>, stage: Stage = 'mutate'): Answer {
  const review = JSON.parse(encodeAnswer('uid-1', decisionOf(decision), stage)) as Record<
    string,
    unknown
  >;
  assert.equal(review['apiVersion'], 'admission.k8s.io/v1');
  assert.equal(review['kind'], 'AdmissionReview');
  return review['response'] as Answer;
}

const PATCH = [{ op: 'replace', path: '/spec/containers/0/image', value: 'a@sha256:b' }] as const;

test('encodeAnswer: echoes the uid', () => {
  assert.equal(answer({}).uid, 'uid-1');
});

test('MNH-24 encodeAnswer: the patch holds what the engine decided and nothing else, base64 of JSON', () => {
  const { patch = '', patchType } = answer({ patch: PATCH });
  assert.equal(patchType, 'JSONPatch');
  assert.deepEqual(JSON.parse(Buffer.from(patch, 'base64').toString()), PATCH);
});

const WITHOUT_PATCH: readonly (readonly [string, Partial<Decision>, Stage])[] = [
  ['nothing to change', { patch: [] }, 'mutate'],
  ['the validating webhook', { patch: PATCH }, 'validate'],
  ['a refusal', { patch: PATCH, allowed: false, outcome: 'denied', message: 'no' }, 'mutate'],
];

for (const [title, decision, stage] of WITHOUT_PATCH) {
  test(`encodeAnswer: ${title} has neither patch nor patchType`, () => {
    const response = answer(decision, stage);
    assert.equal('patch' in response, false);
    assert.equal('patchType' in response, false);
  });
}

test('encodeAnswer: a definite no is 403 Forbidden with the message', () => {
  assert.deepEqual(
    answer({ allowed: false, outcome: 'denied', message: 'a\nb', retryAfterSeconds: 5 }).status,
    {
      status: 'Failure',
      message: 'a\nb',
      reason: 'Forbidden',
      code: 403,
    },
  );
});

test('MNH-32 encodeAnswer: "could not find out" is 503, and clients are told to try again', () => {
  const unknown = { allowed: false, outcome: 'unknown', message: 'registry down' } as const;
  assert.deepEqual(answer({ ...unknown, retryAfterSeconds: 0.2 }).status, {
    status: 'Failure',
    message: 'registry down',
    reason: 'ServiceUnavailable',
    code: 503,
    details: { retryAfterSeconds: 1 },
  });
  assert.equal('details' in (answer(unknown).status ?? {}), false);
});

test('MNH-32 encodeAnswer: a registry that limits us is 429', () => {
  const record = {
    policy: 'p',
    rule: 'r',
    mode: 'enforce' as const,
    image: 'i',
    pointer: undefined,
    container: undefined,
    verdict: {
      kind: 'error' as const,
      reason: 'REGISTRY_RATE_LIMITED' as const,
      message: 'slow down',
      details: [],
      digest: undefined,
      transient: true,
      retryAfterSeconds: 3,
    },
  };
  const { status } = answer({
    allowed: false,
    outcome: 'unknown',
    records: [record],
    retryAfterSeconds: 3,
  });
  assert.equal(status?.['code'], 429);
  assert.equal(status?.['reason'], 'TooManyRequests');
  assert.deepEqual(status?.['details'], { retryAfterSeconds: 3 });
});

const WARNINGS: readonly (readonly [string, readonly string[], readonly string[] | undefined])[] = [
  ['none', [], undefined],
  [
    'control characters, which the API server would drop it for',
    ['a\tb\nc\u0000d\u2028e'],
    ['a b c d e'],
  ],
  ['the same one twice', ['a', 'a'], ['a']],
  ['an empty one', [' \n', 'a'], ['a']],
  [
    'a long one, with the reason at its end',
    [`${'é'.repeat(600)} why`],
    [`${'é'.repeat(600)} why`],
  ],
  [
    'long ones that are too much together, without their middle',
    [`p: ${'é'.repeat(3000)} why`, 'a'],
    [`p: ${'é'.repeat(93)}…${'é'.repeat(155)} why`, 'a'],
  ],
];

for (const [title, given, sent] of WARNINGS) {
  test(`encodeAnswer: warnings, ${title}`, () => {
    assert.deepEqual(answer({ warnings: given }).warnings, sent);
  });
}

test('encodeAnswer: no more warnings than the API server passes on whole', () => {
  const many = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(200)}`);
  const { warnings = [] } = answer({ warnings: many });
  assert(warnings.join('').length <= 4096);
  assert(warnings.length > 10);
});

test('encodeAnswer: messages and audit annotations are bounded', () => {
  const { status } = answer({ allowed: false, outcome: 'denied', message: 'x'.repeat(100_000) });
  assert.equal(String(status?.['message']).length, 8192);
  const image = {
    pointer: '/x',
    container: 'c',
    written: 'w',
    digest: undefined,
    pinned: 'p'.repeat(100),
  };
  const { auditAnnotations } = answer({ images: Array.from({ length: 100 }, () => image) });
  assert.equal(auditAnnotations['outcome'], 'admitted');
  assert.equal(auditAnnotations['pinned']?.length, 1024);
  for (const key of Object.keys(auditAnnotations)) assert.match(key, /^[a-z]+$/);
});
