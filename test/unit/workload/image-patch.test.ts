import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyPatch, checkPatch, imagePatch } from '#shared/workload/image-patch.ts';
import { readPullIdentity } from '#shared/workload/pull-identity.ts';
import { findWorkloadKind } from '#shared/workload/kinds.ts';

test('MNH-24 applyPatch() changes the named image and nothing else, unknown fields included', () => {
  const object = {
    spec: { containers: [{ name: 'a', image: 'x:1', future: { field: [1] } }], more: null },
  };
  const patch = imagePatch([{ pointer: '/spec/containers/0/image', value: 'x:1@sha256:1' }]);
  assert.deepEqual(patch, [
    { op: 'replace', path: '/spec/containers/0/image', value: 'x:1@sha256:1' },
  ]);
  assert.deepEqual(applyPatch(object, patch), {
    spec: {
      containers: [{ name: 'a', image: 'x:1@sha256:1', future: { field: [1] } }],
      more: null,
    },
  });
  assert.equal(object.spec.containers[0]?.image, 'x:1', 'the given object stays as it is');
});

test('applyPatch() throws for a pointer that is not there', () => {
  assert.throws(() =>
    applyPatch({ spec: {} }, imagePatch([{ pointer: '/spec/containers/0/image', value: 'x' }])),
  );
});

test('MNH-24 checkPatch() refuses an operation that would not replace an image', () => {
  const object = { spec: { containers: [{ name: 'a', image: 'x:1' }] } };
  checkPatch(object, imagePatch([{ pointer: '/spec/containers/0/image', value: 'x' }]));
  for (const pointer of [
    '/spec/containers/1/image',
    '/spec/containers/0',
    '/spec/containers/0/tag',
  ]) {
    assert.throws(
      () => checkPatch(object, imagePatch([{ pointer, value: 'x' }])),
      /Cannot|undefined/,
    );
  }
});

test('readPullIdentity() reads service account and pull secrets of the template', () => {
  const kind = findWorkloadKind('apps', 'Deployment');
  assert.ok(kind);
  const spec = {
    serviceAccountName: 'robot',
    imagePullSecrets: [{ name: 'one' }, {}, { name: 2 }, { name: 'two' }],
  };
  assert.deepEqual(readPullIdentity({ spec: { template: { spec } } }, kind, 'prod'), {
    namespace: 'prod',
    serviceAccountName: 'robot',
    imagePullSecrets: ['one', 'two'],
  });
  assert.equal(readPullIdentity({}, kind, 'prod').serviceAccountName, 'default');
});
