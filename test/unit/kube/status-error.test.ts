import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectionPath, objectPath } from '#shared/kube/resource-path.ts';
import { objectTitle } from '#shared/kube/resource-title.ts';
import { statusError } from '#shared/kube/status-error.ts';

const CODES: readonly (readonly [number, string])[] = [
  [400, 'INVALID'],
  [401, 'UNAUTHORIZED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [409, 'CONFLICT'],
  [422, 'INVALID'],
  [302, 'SERVER_ERROR'],
  [500, 'SERVER_ERROR'],
  [503, 'SERVER_ERROR'],
];

for (const [status, code] of CODES) {
  test(`statusError: ${status} is ${code}, with the words of the server`, () => {
    const body = { kind: 'Status', reason: 'Because', message: 'it says so' };
    const error = statusError({ action: 'list pods', server: 'https://k', status, body });
    assert.equal(error.code, code);
    assert.equal(error.status, status);
    assert.equal(
      error.message,
      `Cannot list pods: https://k answered ${status} Because: it says so`,
    );
  });
}

test('statusError: a body that is no Status is quoted, without control characters and not at length', () => {
  const body = `<html>\u001b[31m${'x'.repeat(10_000)}`;
  const { message } = statusError({ action: 'get a', server: 's', status: 502, body });
  assert.match(message, /^Cannot get a: s answered 502: <html> \[31mx+$/);
  assert(message.length < 4200);
});

test('resource paths: core group, named group, namespace, subresource, and no way out of the path', () => {
  const pods = { group: '', version: 'v1', resource: 'pods' };
  const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };
  assert.equal(collectionPath(pods), '/api/v1/pods');
  assert.equal(collectionPath(deployments, 'a'), '/apis/apps/v1/namespaces/a/deployments');
  assert.equal(
    objectPath({ ...pods, namespace: 'a', name: 'b' }, 'status'),
    '/api/v1/namespaces/a/pods/b/status',
  );
  assert.equal(
    objectPath({ ...pods, namespace: 'a', name: '../../x?y' }),
    '/api/v1/namespaces/a/pods/..%2F..%2Fx%3Fy',
  );
  assert.equal(
    objectTitle({ ...deployments, namespace: 'a', name: 'b' }),
    'deployments.apps "a/b"',
  );
});
