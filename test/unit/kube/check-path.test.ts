import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPath } from '#shared/kube/check-path.ts';
import { KubeError } from '#shared/kube/kube-error.ts';

const PLAIN = [
  '/api/v1/namespaces',
  '/apis/apps/v1/namespaces/team/deployments/web?limit=1',
  '/api/v1/pods?labelSelector=app.kubernetes.io%2Fname%3Dweb',
  '/api/v1/pods?labelSelector=tier in (gold, silver)',
  '/version',
  '/api/v1/namespaces/a..b/pods',
];

for (const path of PLAIN) {
  test(`checkPath: ${path} is a path of the API server`, () => {
    assert.doesNotThrow(() => checkPath(path, `GET ${path}`));
  });
}

const OTHER: readonly (readonly [string, string])[] = [
  ['', 'nothing'],
  ['api/v1', 'no slash in front'],
  ['@evil.example/', 'another host'],
  ['.evil.example/', 'another host'],
  [':1/', 'another port'],
  ['//evil.example/', 'a host in front'],
  ['/api/v1/namespaces/a/../b', 'a segment that climbs'],
  ['/api/v1/namespaces/a/%2E%2e/b', 'the same, escaped'],
  ['/api/v1/namespaces/a/..', 'the same at the end'],
  ['/api/v1/namespaces/a/.\t./b', 'the same with a tab that URLs drop'],
  ['/api/v1/namespaces/a%2fsecrets', 'an escaped slash'],
  ['/api/v1/namespaces/a%5csecrets', 'an escaped backslash'],
  ['/api/v1\\namespaces', 'a backslash'],
  ['/api/v1/namespaces#/x', 'a fragment'],
  ['/api/v1/x\r\nhost: y', 'a line break'],
];

for (const [path, what] of OTHER) {
  test(`checkPath: ${JSON.stringify(path)} is refused: ${what}`, () => {
    assert.throws(
      () => checkPath(path, 'GET it'),
      (error) =>
        error instanceof KubeError &&
        error.code === 'INVALID' &&
        error.message.startsWith('Cannot GET it: expected a path like "/api/v1/namespaces"'),
    );
  });
}
