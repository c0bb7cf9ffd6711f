import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor } from '#shared/registry/proxy.ts';

const PROXY = 'http://proxy.example:3128';

const CHOICES: readonly (readonly [string, string, Record<string, string>, string | undefined])[] =
  [
    ['https by HTTPS_PROXY', 'https://a.example/', { HTTPS_PROXY: PROXY }, PROXY],
    ['http by HTTP_PROXY', 'http://a.example/', { HTTP_PROXY: PROXY }, PROXY],
    ['https not by HTTP_PROXY', 'https://a.example/', { HTTP_PROXY: PROXY }, undefined],
    [
      'the lower-case name first',
      'https://a.example/',
      { https_proxy: PROXY, HTTPS_PROXY: 'http://other' },
      PROXY,
    ],
    ['a proxy without scheme as http', 'https://a.example/', { HTTPS_PROXY: 'p:1' }, 'http://p:1'],
    ['no proxy from an empty variable', 'https://a.example/', { HTTPS_PROXY: ' ' }, undefined],
    ['no proxy for loopback', 'http://127.0.0.1:5000/', { HTTP_PROXY: PROXY }, undefined],
  ];

for (const [name, url, environment, expected] of CHOICES) {
  test(`proxyFor() chooses ${name}`, () => {
    assert.equal(proxyFor(new URL(url), environment), expected);
  });
}

const EXCEPTIONS: readonly (readonly [string, string, boolean])[] = [
  ['*', 'https://a.example/', true],
  ['a.example', 'https://a.example/', true],
  ['a.example', 'https://sub.a.example/', true],
  ['.a.example', 'https://sub.a.example/', true],
  ['*.a.example', 'https://sub.a.example/', true],
  ['A.Example', 'https://a.example/', true],
  ['a.example', 'https://xa.example/', false],
  ['a.example:8443', 'https://a.example:8443/', true],
  ['a.example:8443', 'https://a.example/', false],
  ['a.example:443', 'https://a.example/', true],
  ['b.example, a.example', 'https://a.example/', true],
  ['10.0.0.0/8', 'https://10.1.2.3/', true],
  ['10.0.0.0/8', 'https://11.1.2.3/', false],
  ['10.0.0.0/99', 'https://10.1.2.3/', false],
  ['10.1.2.3', 'https://10.1.2.3:5000/', true],
  ['fd00::/8', 'https://[fd00::1]/', true],
  ['fd00::1', 'https://[fd00::1]/', true],
  ['', 'https://a.example/', false],
];

for (const [exception, url, isExcepted] of EXCEPTIONS) {
  test(`proxyFor() with NO_PROXY "${exception}" ${isExcepted ? 'spares' : 'proxies'} ${url}`, () => {
    const environment = { HTTPS_PROXY: PROXY, NO_PROXY: exception };
    assert.equal(proxyFor(new URL(url), environment), isExcepted ? undefined : PROXY);
  });
}
