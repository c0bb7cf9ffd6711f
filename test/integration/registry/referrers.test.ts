import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '#shared/base/digest.ts';
import type { Descriptor } from '#shared/registry/registry.ts';
import type { RegistryErrorCode } from '#shared/registry/registry-error.ts';
import type { Fault } from '#test/support/registry/fault.ts';
import { putBlob, putImage, putJsonManifest } from '#test/support/registry/image.ts';
import { keychainFor, openClient } from '#test/support/registry/open-client.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') };

let referrers = 0;

function putReferrer(registry: TestRegistry, subject: Descriptor): Descriptor {
  referrers += 1;
  const config = putBlob(registry, 'acme/app', EMPTY);
  const { mediaType, digest, size } = subject;
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: 'application/x.signature',
    config,
    layers: [config],
    subject: { mediaType, digest, size },
    annotations: { number: String(referrers) },
  };
  return putJsonManifest(registry, 'acme/app', { manifest });
}

function putFallback(registry: TestRegistry, subject: Digest, manifests: unknown): void {
  const manifest = { schemaVersion: 2, mediaType: INDEX, manifests };
  putJsonManifest(registry, 'acme/app', { manifest, tag: subject.replace(':', '-') });
}

test('referrers() lists what the API knows by one request', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const image = putImage(registry, 'acme/app');
  const signature = putReferrer(registry, image);
  const found = await client.referrers(repository, image.digest);
  assert.equal(found.source, 'referrers-api');
  assert.deepEqual(found.descriptors, [
    {
      ...signature,
      artifactType: 'application/x.signature',
      annotations: { number: String(referrers) },
    },
  ]);
  assert.deepEqual(registry.log(), [`GET referrers ${image.digest}`]);
});

test('an empty answer of the API is final', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const image = putImage(registry, 'acme/app');
  const found = await client.referrers(repository, image.digest);
  assert.deepEqual(found, { descriptors: [], source: 'none' });
  assert.equal(registry.requests.length, 1);
});

test('referrers() follows the links of a paged list', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const image = putImage(registry, 'acme/app');
  const all = Array.from({ length: 5 }, () => putReferrer(registry, image).digest);
  registry.behaviour.pageSize = 2;
  const found = await client.referrers(repository, image.digest);
  assert.deepEqual(
    found.descriptors.map(({ digest }) => digest),
    all,
  );
  assert.equal(registry.requests.length, 3);
});

const NO_API: readonly (readonly [string, Fault])[] = [
  ['404', { kind: 'status', status: 404 }],
  ['400', { kind: 'status', status: 400, code: 'UNSUPPORTED' }],
  ['405', { kind: 'status', status: 405 }],
  ['406', { kind: 'status', status: 406 }],
  ['a web page', { kind: 'body', body: '<html>', contentType: 'text/html' }],
  ['JSON of another kind', { kind: 'body', body: '{"hello":1}', contentType: 'application/json' }],
];

for (const [name, fault] of NO_API) {
  test(`where the API answers ${name}, the fallback tag is read`, async (t) => {
    const { client, registry, repository } = await openClient(t);
    const image = putImage(registry, 'acme/app');
    const signature = putReferrer(registry, image);
    putFallback(registry, image.digest, [signature]);
    registry.addFault(fault, { when: ({ kind }) => kind === 'referrers' });
    const found = await client.referrers(repository, image.digest);
    assert.deepEqual(found, { descriptors: [signature], source: 'fallback-tag' });
    assert.deepEqual(registry.log(), [
      `GET referrers ${image.digest}`,
      `GET manifest ${image.digest.replace(':', '-')}`,
    ]);
  });
}

test('MNH-16 where the API redirects to another origin, nobody goes there and the fallback tag is read', async (t) => {
  const { client, registry, repository } = await openClient(t, {
    auth: { kind: 'basic', username: 'user', password: 'pass' },
    keychain: (host) => keychainFor(host, { kind: 'basic', username: 'user', password: 'pass' }),
  });
  const elsewhere = await startRegistry();
  t.after(() => elsewhere.close());
  const image = putImage(registry, 'acme/app');
  const signature = putReferrer(registry, image);
  putFallback(registry, image.digest, [signature]);
  registry.addFault(
    { kind: 'redirect', location: `${elsewhere.origin}/`, status: 303 },
    { when: ({ kind, headers }) => kind === 'referrers' && headers.authorization !== undefined },
  );
  assert.equal((await client.referrers(repository, image.digest)).source, 'fallback-tag');
  assert.equal(elsewhere.requests.length, 0);
});

test('a host without the API is asked for both at once the next time', async (t) => {
  const { client, registry, repository } = await openClient(t);
  registry.behaviour.referrersApi = false;
  const image = putImage(registry, 'acme/app');
  await client.referrers(repository, image.digest);
  registry.reset();
  const both = new Set<string>();
  const { promise: bothAsked, resolve } = Promise.withResolvers<void>();
  registry.addFault(
    { kind: 'latency', ms: 50 },
    {
      when: ({ kind }) => {
        both.add(kind);
        if (both.size === 2) resolve();
        return true;
      },
    },
  );
  const call = client.referrers(repository, image.digest);
  await Promise.all([bothAsked, call]);
  assert.equal(registry.requests.length, 2);
});

test('a broken fallback tag does not hide what the API of a host says that once had none', async (t) => {
  const { client, registry, repository } = await openClient(t);
  registry.behaviour.referrersApi = false;
  const image = putImage(registry, 'acme/app');
  await client.referrers(repository, image.digest);
  registry.behaviour.referrersApi = true;
  registry.tag('acme/app', image.digest.replace(':', '-'), image.digest);
  putReferrer(registry, image);
  const found = await client.referrers(repository, image.digest);
  assert.equal(found.descriptors.length, 1);
});

test('a host that gains the API is believed at once', async (t) => {
  const { client, registry, repository } = await openClient(t);
  registry.behaviour.referrersApi = false;
  const image = putImage(registry, 'acme/app');
  await client.referrers(repository, image.digest);
  registry.behaviour.referrersApi = true;
  putReferrer(registry, image);
  assert.equal((await client.referrers(repository, image.digest)).source, 'referrers-api');
});

const LISTS: readonly (readonly [string, (good: Descriptor) => unknown, number])[] = [
  ['null is an empty list', () => null, 0],
  ['MNH-26 a malformed entry does not hide a good one', (good) => [{ digest: 'x' }, null, good], 1],
];

for (const [name, manifests, count] of LISTS) {
  for (const place of ['API', 'fallback tag'] as const) {
    test(`in the ${place}, ${name}`, async (t) => {
      const { client, registry, repository } = await openClient(t);
      const image = putImage(registry, 'acme/app');
      const list = manifests(putReferrer(registry, image));
      registry.behaviour.referrersApi = place === 'API';
      putFallback(registry, image.digest, list);
      const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: list });
      if (place === 'API') registry.addFault({ kind: 'body', body, contentType: INDEX });
      const found = await client.referrers(repository, image.digest);
      assert.equal(found.descriptors.length, count);
    });
  }
}

test('no API and no fallback tag mean no referrers', async (t) => {
  const { client, registry, repository } = await openClient(t);
  registry.behaviour.referrersApi = false;
  const image = putImage(registry, 'acme/app');
  const found = await client.referrers(repository, image.digest);
  assert.deepEqual(found, { descriptors: [], source: 'none' });
});

/** What the API answers, and what that is called: never an empty list. */
const TROUBLE: readonly (readonly [string, Fault, RegistryErrorCode, RegExp])[] = [
  ['401', { kind: 'status', status: 401 }, 'UNAUTHORIZED', /answered 401, wanted 200$/],
  ['403', { kind: 'status', status: 403 }, 'DENIED', /answered 403, wanted 200$/],
  ['429', { kind: 'status', status: 429 }, 'RATE_LIMITED', /answered 429, wanted 200$/],
  ['503', { kind: 'status', status: 503 }, 'UNREACHABLE', /answered 503, wanted 200$/],
  [
    'a broken index',
    { kind: 'body', body: '{', contentType: INDEX },
    'MALFORMED',
    /the registry answered with a list that cannot be read$/,
  ],
  [
    'an endless list',
    { kind: 'endless-body' },
    'TOO_LARGE',
    /sends more than 4194304 bytes, the limit$/,
  ],
  [
    'a list that never ends',
    { kind: 'headers', headers: { link: '<?again>; rel="next"' } },
    'TOO_LARGE',
    /more than 10 pages or 2000 entries, the limit$/,
  ],
  [
    'a link elsewhere',
    { kind: 'headers', headers: { link: '<http://a.example/>; rel="next"' } },
    'MALFORMED',
    /a link to a next page on another origin$/,
  ],
];

for (const [name, fault, code, message] of TROUBLE) {
  test(`MNH-32 ${name} from the referrers API is ${code}, never "none"`, async (t) => {
    const { client, registry, repository } = await openClient(t);
    const image = putImage(registry, 'acme/app');
    registry.addFault(fault, { when: ({ kind }) => kind === 'referrers' });
    await assert.rejects(client.referrers(repository, image.digest), (error: Error) => {
      const start = `Cannot list referrers of "${registry.host}/acme/app@${image.digest}": `;
      assert.ok(error.message.startsWith(start), error.message);
      assert.match(error.message, message);
      assert.equal('code' in error && error.code, code);
      return true;
    });
  });
}

const BROKEN_PAGES: readonly (readonly [string, Fault, RegistryErrorCode])[] = [
  ['404', { kind: 'status', status: 404 }, 'MALFORMED'],
  ['403', { kind: 'status', status: 403 }, 'DENIED'],
  ['a web page', { kind: 'body', body: '<html>', contentType: 'text/html' }, 'MALFORMED'],
];

for (const [name, fault, code] of BROKEN_PAGES) {
  test(`MNH-32 ${name} in the middle of a list is ${code}, never a shorter list`, async (t) => {
    const { client, registry, repository } = await openClient(t);
    const image = putImage(registry, 'acme/app');
    for (let count = 0; count < 3; count += 1) putReferrer(registry, image);
    registry.behaviour.pageSize = 2;
    registry.addFault(fault, { when: ({ url }) => url.searchParams.has('from') });
    await assert.rejects(client.referrers(repository, image.digest), { code });
  });
}

test('a fallback tag that is no index is MALFORMED', async (t) => {
  const { client, registry, repository } = await openClient(t);
  registry.behaviour.referrersApi = false;
  const image = putImage(registry, 'acme/app');
  const tag = image.digest.replace(':', '-');
  registry.tag('acme/app', tag, image.digest);
  await assert.rejects(client.referrers(repository, image.digest), {
    code: 'MALFORMED',
    message: `Cannot list referrers of "${registry.host}/acme/app@${image.digest}": tag "${tag}" is no index`,
  });
});
