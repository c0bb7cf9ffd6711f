import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHostAuth } from '#shared/registry/host-auth.ts';

const RULES = { plainHttpHosts: new Set(['insecure.example']), tlsHosts: new Set<string>() };

function kindAndRealm(header: string | undefined): string | undefined {
  const auth = readHostAuth(header, RULES);
  return auth?.kind === 'bearer' ? `bearer ${auth.realm.href}` : auth?.kind;
}

const CASES: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['Bearer over https', 'Bearer realm="https://a.example/t"', 'bearer https://a.example/t'],
  [
    'Bearer before Basic',
    'Basic realm="x", Bearer realm="https://a.example/t"',
    'bearer https://a.example/t',
  ],
  ['Basic alone', 'Basic realm="x"', 'basic'],
  ['Basic where Bearer is unusable', 'Bearer service="x", Basic realm="y"', 'basic'],
  [
    'a loopback realm over http',
    'Bearer realm="http://127.0.0.1:5/t"',
    'bearer http://127.0.0.1:5/t',
  ],
  [
    'an insecure realm over http',
    'Bearer realm="http://insecure.example/t"',
    'bearer http://insecure.example/t',
  ],
  ['MNH-16 no other realm over http', 'Bearer realm="http://a.example/t"', undefined],
  ['MNH-16 no realm with a user in it', 'Bearer realm="https://u:p@a.example/t"', undefined],
  ['no realm of another scheme', 'Bearer realm="file:///etc/passwd"', undefined],
  ['no realm that is no URL', 'Bearer realm="token"', undefined],
  ['no scheme it does not know', 'Negotiate abc', undefined],
  ['nothing where nothing was sent', undefined, undefined],
];

for (const [name, header, expected] of CASES) {
  test(`readHostAuth() takes ${name}`, () => {
    assert.equal(kindAndRealm(header), expected);
  });
}
