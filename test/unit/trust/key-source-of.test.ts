import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type KeyProvider, KeySourceError, NO_KEY_SOURCE } from '#shared/trust/key-source.ts';
import { keySourceOf } from '#shared/trust/key-source-of.ts';
import type { PublicKey } from '#shared/trust/public-key.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';

const PEM = generateSignerKey().publicKeyPem;
const URI = 'vault://release';
const NO_SIGNAL = { signal: undefined };

let now: number;
let asked: string[];
let answer: () => Promise<string>;
/** The hash that the service signs with, where it says so. */
let signs: PublicKey['hash'];

beforeEach(() => {
  now = 0;
  asked = [];
  signs = undefined;
  answer = () => Promise.resolve(PEM);
});

const provider: KeyProvider = {
  scheme: 'vault',
  keepMs: 1_000,
  fetch: async (uri) => {
    asked.push(uri);
    return { pem: await answer(), ...(signs === undefined ? {} : { hash: signs }) };
  },
};

function source(): ReturnType<typeof keySourceOf> {
  return keySourceOf([provider], { now: () => now });
}

test('keySourceOf(): a key is fetched once and kept for as long as its provider says', async () => {
  const keys = source();
  const [first] = await keys.keys(URI, 'sha384', NO_SIGNAL);
  assert.equal(first?.hash, 'sha384');
  now = 999;
  assert.equal((await keys.keys(URI, 'sha384', NO_SIGNAL))[0], first);
  assert.equal(asked.length, 1);
  now = 1_000;
  await keys.keys(URI, 'sha384', NO_SIGNAL);
  assert.equal(asked.length, 2);
});

test('keySourceOf(): who wants a fresher key than is kept gets one', async () => {
  const keys = source();
  await keys.keys(URI, undefined, NO_SIGNAL);
  now = 11;
  await keys.keys(URI, undefined, { ...NO_SIGNAL, maxAgeMs: 11 });
  assert.equal(asked.length, 1);
  await keys.keys(URI, undefined, { ...NO_SIGNAL, maxAgeMs: 10 });
  assert.equal(asked.length, 2);
});

test('keySourceOf(): the same reference with another hash is another answer', async () => {
  const keys = source();
  await keys.keys(URI, 'sha384', NO_SIGNAL);
  const [other] = await keys.keys(URI, undefined, NO_SIGNAL);
  assert.equal(other?.hash, undefined);
});

test('keySourceOf(): the hash that a service signs with beats the policy’s', async () => {
  signs = 'sha512';
  const [key] = await source().keys(URI, 'sha256', NO_SIGNAL);
  assert.equal(key?.hash, 'sha512');
});

test('keySourceOf(): callers at the same time share one request', async () => {
  const keys = source();
  const pending = Promise.withResolvers<string>();
  answer = () => pending.promise;
  const both = Promise.all([
    keys.keys(URI, undefined, NO_SIGNAL),
    keys.keys(URI, undefined, { signal: new AbortController().signal }),
  ]);
  pending.resolve(PEM);
  const [one, two] = await both;
  assert.equal(one, two);
  assert.deepEqual(asked, [URI]);
});

test('keySourceOf(): one caller that gives up leaves the others alone', async () => {
  const keys = source();
  const pending = Promise.withResolvers<string>();
  answer = () => pending.promise;
  const controller = new AbortController();
  const left = keys.keys(URI, undefined, { signal: controller.signal });
  const stays = keys.keys(URI, undefined, NO_SIGNAL);
  const reason = new DOMException('late', 'TimeoutError');
  controller.abort(reason);
  await assert.rejects(left, (error) => error === reason);
  pending.resolve(PEM);
  assert.equal((await stays).length, 1);
});

test('keySourceOf(): trouble is never kept', async () => {
  const keys = source();
  answer = () => Promise.reject(new KeySourceError('UNREACHABLE', 'Cannot fetch key'));
  await assert.rejects(keys.keys(URI, undefined, NO_SIGNAL), { code: 'UNREACHABLE' });
  answer = () => Promise.resolve(PEM);
  assert.equal((await keys.keys(URI, undefined, NO_SIGNAL)).length, 1);
});

for (const [name, text] of [
  ['nothing', ''],
  ['a certificate', PEM.replaceAll('PUBLIC KEY', 'CERTIFICATE')],
  ['a private key', PEM.replaceAll('PUBLIC KEY', 'PRIVATE KEY')],
] as const) {
  test(`keySourceOf(): ${name} behind a reference is no key, and says which reference`, async () => {
    answer = () => Promise.resolve(text);
    await assert.rejects(source().keys(URI, undefined, NO_SIGNAL), (error) => {
      assert.ok(error instanceof KeySourceError);
      assert.equal(error.code, 'MALFORMED');
      assert.equal(error.transient, false);
      assert.match(error.message, /^Cannot use key "vault:\/\/release": Cannot read public key/);
      return true;
    });
  });
}

test('keySourceOf(): a scheme that nobody knows is named, with those that are known', async () => {
  await assert.rejects(source().keys('file://key.pem', undefined, NO_SIGNAL), {
    code: 'UNSUPPORTED',
    message:
      'Cannot fetch key "file://key.pem": found no access to such keys, expected one of vault://',
  });
});

test('NO_KEY_SOURCE has no key for anything', async () => {
  await assert.rejects(NO_KEY_SOURCE.keys(URI, undefined, NO_SIGNAL), { code: 'UNSUPPORTED' });
});
