import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIpAddress, readIpAddress } from '#shared/condition/url/ip-address.ts';
import { hostnameOf, type ParsedUrl, parseUrl } from '#shared/condition/url/parse-url.ts';
import { UrlError } from '#shared/condition/url/url-error.ts';

/** URL, its hostname, and other fields that are not empty. Go 1.26, `url.Parse`. */
const ROWS: readonly (readonly [url: string, hostname: string, fields: Partial<ParsedUrl>])[] = [
  ['', '', {}],
  ['*', '', { path: '*' }],
  ['a.example', '', { path: 'a.example' }],
  ['//a.example/x', 'a.example', { host: 'a.example', path: '/x' }],
  ['///a', '', { path: '///a' }],
  ['HTTP://A.example', 'A.example', { scheme: 'http', host: 'A.example' }],
  ['http:///a', '', { scheme: 'http', path: '/a' }],
  ['http:/a', '', { scheme: 'http', path: '/a', omitHost: true }],
  ['mailto:a@b', '', { scheme: 'mailto', opaque: 'a@b' }],
  ['http://a:80', 'a', { scheme: 'http', host: 'a:80' }],
  ['http://a:', 'a', { scheme: 'http', host: 'a:' }],
  ['x://a:b:80', 'a:b', { scheme: 'x', host: 'a:b:80' }],
  ['http://u:p@a', 'a', { scheme: 'http', hasUser: true, host: 'a' }],
  ['http://a@b@c', 'c', { scheme: 'http', hasUser: true, host: 'c' }],
  ['http://a?', 'a', { scheme: 'http', host: 'a', forceQuery: true }],
  ['http://a??', 'a', { scheme: 'http', host: 'a', rawQuery: '?' }],
  ['http://a#', 'a', { scheme: 'http', host: 'a' }],
  [
    'http://a/b%2fc?d=%zz#e%20f',
    'a',
    {
      scheme: 'http',
      host: 'a',
      path: '/b/c',
      rawPath: '/b%2fc',
      rawQuery: 'd=%zz',
      fragment: 'e f',
    },
  ],
  [
    'http://a/!#(b)!',
    'a',
    { scheme: 'http', host: 'a', path: '/!', rawPath: '/!', fragment: '(b)!' },
  ],
  ['http://[::1]:80/', '::1', { scheme: 'http', host: '[::1]:80', path: '/' }],
  ['http://[fe80::1%25e%20n]', 'fe80::1%e n', { scheme: 'http', host: '[fe80::1%e n]' }],
  ['http://%e2%82%ac.example', '€.example', { scheme: 'http', host: '€.example' }],
  ['http://a%25b', 'a%b', { scheme: 'http', host: 'a%b' }],
  ['http://é', 'é', { scheme: 'http', host: 'é' }],
  ['http://%ff', '\ufffd', { scheme: 'http', host: '\ufffd' }],
];

const EMPTY = parseUrl('');

for (const [url, hostname, fields] of ROWS)
  test(`parseUrl: ${JSON.stringify(url)}`, () => {
    const parsed = parseUrl(url);
    assert.deepEqual(parsed, { ...EMPTY, ...fields });
    assert.equal(hostnameOf(parsed), hostname);
  });

const REFUSED: readonly (readonly [url: string, message: string])[] = [
  [':a', 'missing protocol scheme'],
  ['1http://a', 'first path segment in URL cannot contain colon'],
  ['a b:c', 'first path segment in URL cannot contain colon'],
  ['http://a\n', 'net/url: invalid control character in URL'],
  ['http://a b', 'invalid character " " in host name'],
  ['http://a\\b', 'invalid character "\\\\" in host name'],
  ['http://a%41', 'invalid URL escape "%41"'],
  ['http://a/%zz', 'invalid URL escape "%zz"'],
  ['http://a/%', 'invalid URL escape "%"'],
  ['http://a:x', 'invalid port ":x" after host'],
  ['http://a:1:2', 'invalid port ":1:2" after host'],
  ['http://a b@c', 'net/url: invalid userinfo'],
  ['http://[::1', "missing ']' in host"],
  ['http://a[::1]', 'invalid IP-literal'],
  ['http://[10.0.0.1]', 'invalid IP-literal'],
  ['http://[::1%25]', 'invalid IP-literal'],
  ['http://[1::2::3]', 'invalid IP-literal'],
];

for (const [url, message] of REFUSED)
  test(`parseUrl: ${JSON.stringify(url)} is none: ${message}`, () => {
    assert.throws(() => parseUrl(url), new UrlError(`parse ${JSON.stringify(url)}: ${message}`));
  });

/** Go 1.26, `net.ParseIP` and `IP.String`. */
const ADDRESSES: readonly (readonly [text: string, wanted: string | undefined])[] = [
  ['10.0.0.1', '10.0.0.1'],
  ['::1', '::1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:a00:1', '10.0.0.1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['010.0.0.1', undefined],
  ['10.0.0', undefined],
  ['10.0.0.256', undefined],
  ['10.0.0.1.', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['::ffff:010.0.0.1', undefined],
  ['fe80::1%eth0', undefined],
  ['::1]/x[', undefined],
  ['', undefined],
];

for (const [text, wanted] of ADDRESSES)
  test(`readIpAddress: ${JSON.stringify(text)} is ${wanted ?? 'none'}`, () => {
    assert.equal(readIpAddress(text), wanted);
  });

test('formatIpAddress: 4 or 16 bytes, and no others', () => {
  assert.equal(formatIpAddress(Buffer.from([192, 0, 2, 1])), '192.0.2.1');
  assert.equal(formatIpAddress(Buffer.from(`${'0'.repeat(31)}1`, 'hex')), '::1');
  assert.equal(formatIpAddress(Buffer.alloc(5)), undefined);
  assert.equal(formatIpAddress(Buffer.alloc(0)), undefined);
});
