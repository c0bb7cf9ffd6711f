import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeReview } from '#server/admission/review.ts';
import { reviewOf } from './review-fixture.ts';

test('decodeReview: reads everything that judging needs', () => {
  const oldObject = { metadata: { name: 'web', labels: { a: 'b' } } };
  const sent = reviewOf({
    operation: 'UPDATE',
    subResource: 'ephemeralcontainers',
    name: 'web',
    oldObject,
    dryRun: true,
    userInfo: { username: 'eve', groups: ['dev', 7], extra: { scopes: ['a'] } },
  });
  const review = decodeReview(JSON.stringify(sent));
  assert.equal(review.uid, 'uid-1');
  assert.deepEqual(review.request, {
    operation: 'UPDATE',
    group: '',
    version: 'v1',
    kind: 'Pod',
    subresource: 'ephemeralcontainers',
    namespace: 'team-a',
    name: 'web',
    object: reviewOf().request['object'],
    oldObject,
    dryRun: true,
    userInfo: { username: 'eve', uid: '', groups: ['dev'], extra: { scopes: ['a'] } },
    review: sent.request,
  });
});

test('decodeReview: a request of nobody', () => {
  const { request } = decodeReview(JSON.stringify(reviewOf({ userInfo: undefined })));
  assert.equal(request.userInfo, undefined);
});

test('decodeReview: a Pod of a controller has no name of its own', () => {
  const { request } = decodeReview(JSON.stringify(reviewOf({ name: undefined })));
  assert.equal(request.name, '');
  assert.equal(request.namespace, 'team-a');
  assert.equal(request.oldObject, undefined);
});

for (const operation of ['DELETE', 'CONNECT']) {
  test(`decodeReview: ${operation} has no object to judge, whatever is sent`, () => {
    const { request } = decodeReview(JSON.stringify(reviewOf({ operation, oldObject: {} })));
    assert.equal(request.object, undefined);
    assert.equal(request.oldObject, undefined);
  });
}

const review = reviewOf();
const FAULTS: readonly (readonly [string, unknown, string])[] = [
  ['an empty body', '', 'NOT JSON'],
  ['half a body', '{"kind":', 'NOT JSON'],
  ['a list', '[]', '"kind" is missing, "AdmissionReview" is wanted'],
  ['another kind', { ...review, kind: 'Pod' }, '"kind" is "Pod", "AdmissionReview" is wanted'],
  [
    'an old version',
    { ...review, apiVersion: 'admission.k8s.io/v1beta1' },
    '"apiVersion" is "admission.k8s.io/v1beta1", "admission.k8s.io/v1" is wanted',
  ],
  ['no request', { ...review, request: undefined }, '"request" is missing, an object is wanted'],
  ['a response', { ...review, request: [] }, '"request" is a list, an object is wanted'],
  ['no uid', reviewOf({ uid: undefined }), '"request.uid" is missing, a short text is wanted'],
  ['a uid that is a number', reviewOf({ uid: 7 }), '"request.uid" is 7, a short text is wanted'],
  [
    'a uid that is a book',
    reviewOf({ uid: 'x'.repeat(10_000) }),
    `"request.uid" is "${'x'.repeat(120)}", a short text is wanted`,
  ],
  [
    'an unknown operation',
    reviewOf({ operation: 'create' }),
    '"request.operation" is "create", "CREATE", "UPDATE", "DELETE" or "CONNECT" is wanted',
  ],
  [
    'no kind',
    reviewOf({ kind: {} }),
    '"request.kind" is an object, an object with "group", "version" and "kind" is wanted',
  ],
  ['no object', reviewOf({ object: null }), '"request.object" is null, an object is wanted'],
  [
    'no old object',
    reviewOf({ operation: 'UPDATE' }),
    '"request.oldObject" is missing, an object is wanted',
  ],
  [
    'control characters',
    reviewOf({ operation: 'a\u001b[31m\nb' }),
    '"request.operation" is "a [31m b", "CREATE", "UPDATE", "DELETE" or "CONNECT" is wanted',
  ],
];

for (const [title, body, message] of FAULTS) {
  test(`MNH-06 decodeReview: ${title} is refused, saying what was expected`, () => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const isText = message === 'NOT JSON';
    assert.throws(() => decodeReview(text), {
      code: isText ? 'BAD_BODY' : 'NOT_A_REVIEW',
      message: isText
        ? /^Cannot read the request: its body is not JSON \(.+\), an AdmissionReview is wanted$/
        : `Cannot read the AdmissionReview: ${message}`,
    });
  });
}
