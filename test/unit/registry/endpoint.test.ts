import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf, isLoopback } from '#shared/registry/endpoint.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';

const RULES = {
  plainHttpHosts: new Set(['plain.example:5000']),
  tlsHosts: new Set(['127.0.0.1:5443']),
};

const ENDPOINTS: readonly (readonly [string, string, string])[] = [
  ['docker.io', 'nginx', 'https://registry-1.docker.io/v2/library/nginx/'],
  ['docker.io', 'acme/app', 'https://registry-1.docker.io/v2/acme/app/'],
  ['ghcr.io', 'app', 'https://ghcr.io/v2/app/'],
  ['localhost:5000', 'a/b', 'http://localhost:5000/v2/a/b/'],
  ['127.0.0.1:5443', 'a', 'https://127.0.0.1:5443/v2/a/'],
  ['plain.example:5000', 'a', 'http://plain.example:5000/v2/a/'],
  ['plain.example', 'a', 'https://plain.example/v2/a/'],
  ['[::1]:5000', 'a', 'http://[::1]:5000/v2/a/'],
];

for (const [registry, path, expected] of ENDPOINTS) {
  test(`endpointOf() finds ${registry}/${path} at ${expected}`, () => {
    assert.equal(endpointOf({ registry, path }, RULES).baseUrl, expected);
  });
}

test('MNH-31 endpointOf() refuses a host that no URL can hold with a typed error', () => {
  assert.throws(
    () => endpointOf({ registry: 'a.example:99999', path: 'app' }, RULES),
    (error) =>
      error instanceof RegistryError &&
      error.code === 'UNREACHABLE' &&
      error.message.startsWith('Cannot reach registry "a.example:99999"'),
  );
});

const HOSTS: readonly (readonly [string, boolean])[] = [
  ['localhost', true],
  ['localhost:5000', true],
  ['127.0.0.1', true],
  ['127.8.9.10:80', true],
  ['[::1]', true],
  ['[::1]:80', true],
  ['[::2]:80', false],
  ['128.0.0.1', false],
  ['127.0.0.1.attacker.example', false],
  ['localhost.attacker.example', false],
  ['registry.localhost', false],
];

for (const [host, expected] of HOSTS) {
  test(`isLoopback() says ${expected} to ${host}`, () => {
    assert.equal(isLoopback(host), expected);
  });
}
