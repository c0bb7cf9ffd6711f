import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { createAuthority, issueCertificate } from '#server/tls/certificate-authority.ts';
import type { JsonValue } from '#shared/base/json-value.ts';
import { ServiceCaller } from '#shared/context/service-caller.ts';
import { ServiceError, type ServiceErrorCode } from '#shared/context/service-error.ts';
import type { ApiCall, ServiceTarget } from '#shared/policy/context-entry.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const MAX_BYTES = 1000;
const seen: Seen[] = [];
let answer: (response: ServerResponse) => void;
let port: number;
let tlsPort: number;
let caBundle: string;

const caller = new ServiceCaller({ allowsLoopback: true });
const strict = new ServiceCaller();
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body });
    answer(response);
  });
});
let secure: ReturnType<typeof createHttpsServer>;

before(async () => {
  const authority = await createAuthority(Date.now());
  const issued = await issueCertificate(authority, ['localhost', '127.0.0.1'], Date.now());
  caBundle = authority.certificate;
  secure = createHttpsServer({ cert: issued.certificate, key: issued.key }, (_, out) =>
    out.end('{"secure":true}'),
  );
  for (const one of [server, secure])
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  tlsPort = (secure.address() as AddressInfo).port;
});

after(async () => {
  caller.close();
  strict.close();
  for (const one of [server, secure]) {
    one.closeAllConnections();
    await new Promise((resolve) => one.close(resolve));
  }
});

beforeEach(() => {
  seen.length = 0;
  answer = (response) => void response.end('{"ok":true}');
});

interface Parts extends Partial<Omit<ServiceTarget, 'kind'>> {
  readonly method?: 'GET' | 'POST';
  readonly data?: ApiCall['data'];
  readonly timeout?: number;
  readonly from?: ServiceCaller;
}

async function call({
  method = 'GET',
  data = [],
  timeout = 5_000,
  from = caller,
  ...target
}: Parts = {}): Promise<JsonValue> {
  const url = `http://127.0.0.1:${port}/check?a=b`;
  const whole = { kind: 'service', url, caBundle: '', headers: [], ...target } as const;
  return from.call({ method, data, target: whole }, { maxBytes: MAX_BYTES, timeout });
}

async function refused(parts: Parts, code: ServiceErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(call(parts), (error) => {
    assert.ok(error instanceof ServiceError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

test('services: GET sends the headers of the entry, no data and no credentials', async () => {
  const headers = [{ key: 'X-Team', value: 'shop' }];
  assert.deepEqual(await call({ headers, data: [{ key: 'a', value: 1 }] }), { ok: true });
  assert.equal(seen[0]?.method, 'GET');
  assert.equal(seen[0]?.url, '/check?a=b');
  assert.equal(seen[0]?.body, '');
  assert.equal(seen[0]?.headers['x-team'], 'shop');
  assert.equal(seen[0]?.headers.authorization, undefined);
});

test('services: POST sends data as one JSON object, with the credentials that the entry holds', async () => {
  const headers = [{ key: 'Authorization', value: 'Bearer of-the-policy' }];
  const data = [
    { key: 'images', value: ['nginx'] },
    { key: '__proto__', value: 1 },
  ];
  await call({ method: 'POST', headers, data });
  assert.equal(seen[0]?.body, '{"images":["nginx"],"__proto__":1}');
  assert.equal(seen[0]?.headers['content-type'], 'application/json');
  assert.equal(seen[0]?.headers.authorization, 'Bearer of-the-policy');
});

test('services: https needs an authority of caBundle, which stands alone', async () => {
  const url = `https://localhost:${tlsPort}/`;
  assert.deepEqual(await call({ url, caBundle }), { secure: true });
  await refused({ url }, 'UNREACHABLE', /^cannot reach https:\/\/localhost:\d+: .*certificate/);
  await refused({ url, caBundle: 'x' }, 'BAD_CALL', /^caBundle holds no PEM certificate$/);
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  await refused({ url, caBundle: broken }, 'BAD_CALL', /^caBundle has a certificate that cannot/);
});

test('MNH-16 services: a redirect is not followed', async () => {
  answer = (response) => void response.writeHead(302, { location: '/other' }).end();
  await refused({}, 'REFUSED', /^HTTP 302 Found$/);
  assert.equal(seen.length, 1);
});

test('services: another status is told as Kyverno tells it, with the first line of the answer', async () => {
  answer = (response) => void response.writeHead(404).end(`no such\tteam\n${'x'.repeat(500)}`);
  await refused({}, 'REFUSED', /^HTTP 404 Not Found: no such team$/);
});

for (const status of [408, 429, 500, 503]) {
  test(`services: ${status} is no refusal but an answer that may come later`, async () => {
    answer = (response) => void response.writeHead(status).end();
    await refused({}, 'UNREACHABLE', new RegExp(`^HTTP ${status} `));
  });
}

test('services: an answer that is too long is not read to its end', async () => {
  answer = (response) => void response.end(JSON.stringify('x'.repeat(MAX_BYTES)));
  await refused({}, 'TOO_LARGE', /^response length must be less than max .* length of 1000$/);
});

for (const [text, why] of [
  ['<html>', 'not well-formed'],
  ['{"a":1,"a":2}', 'twice'],
  [`${'['.repeat(100)}${']'.repeat(100)}`, 'nested deeper than 64 levels'],
] as const) {
  test(`services: an answer is unusable where it is ${why}`, async () => {
    answer = (response) => void response.end(text);
    await refused({}, 'MALFORMED', new RegExp(`^the answer is unusable: .*${why}`));
  });
}

test('services: one that does not answer in time', async () => {
  answer = () => undefined;
  await refused(
    { timeout: 50 },
    'TIMEOUT',
    /^no answer from http:\/\/127\.0\.0\.1:\d+ within 50 ms/,
  );
});

test('services: one that cuts the connection', async () => {
  answer = (response) => void response.destroy();
  await refused({}, 'UNREACHABLE', /^cannot reach http:\/\/127\.0\.0\.1:\d+: /);
});

test('services: whoever does not wait any longer gets the own reason', async () => {
  answer = () => undefined;
  const target = {
    kind: 'service',
    url: `http://127.0.0.1:${port}/`,
    caBundle: '',
    headers: [],
  } as const;
  const signal = AbortSignal.abort(new Error('gone'));
  await assert.rejects(
    caller.call({ method: 'GET', data: [], target }, { maxBytes: 1, timeout: 1000, signal }),
    /^Error: gone$/,
  );
});

for (const url of ['/api/v1', 'ftp://a/', 'javascript:1', 'http://']) {
  test(`services: ${url} is no address of one`, async () => {
    await refused({ url }, 'BAD_CALL', /^the URL is none, expected https:/);
  });
}

test('services: a password in the URL is refused and not repeated', async () => {
  const url = `http://user:hunter2@127.0.0.1:${port}/`;
  await refused({ url }, 'BAD_CALL', /^the URL holds a user or a password, expected none$/);
});

for (const [host, address] of [
  ['169.254.169.254', '169.254.169.254'],
  ['0xa9fea9fe', '169.254.169.254'],
  ['2852039166', '169.254.169.254'],
  ['169.254.43518', '169.254.169.254'],
  ['[::ffff:a9fe:a9fe]', '::ffff:a9fe:a9fe'],
  ['[fe80::1]', 'fe80::1'],
  ['127.0.0.1', '127.0.0.1'],
  ['[::1]', '::1'],
  ['0', '0.0.0.0'],
] as const) {
  test(`services: http://${host}/ is never called`, async () => {
    const message = `the address ${address} is one that policies may not have called`;
    await refused(
      { url: `http://${host}:${port}/`, from: strict },
      'FORBIDDEN_ADDRESS',
      new RegExp(`^${RegExp.escape(message)}$`),
    );
    assert.equal(seen.length, 0);
  });
}

test('services: a name that resolves to such an address is not called either', async () => {
  const url = `http://localhost:${port}/`;
  await refused(
    { url, from: strict },
    'FORBIDDEN_ADDRESS',
    /^host "localhost" has the address (127\.0\.0\.1|::1), which policies may not have called$/,
  );
  assert.deepEqual(await call({ url }), { ok: true });
});
