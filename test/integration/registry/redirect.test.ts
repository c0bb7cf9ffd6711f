import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Descriptor } from '#shared/registry/registry.ts';
import { putBlob } from '#test/support/registry/image.ts';
import { type OpenedClient, keychainFor, openClient } from '#test/support/registry/open-client.ts';
import type { RegistryAuth } from '#test/support/registry/registry-auth.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';

const USER = { username: 'user', password: 'pass' };
const TEXT = { mediaType: 'text/plain', bytes: Buffer.from('payload') };

interface Pair extends OpenedClient {
  readonly storage: TestRegistry;
  readonly blob: Descriptor;
}

/** A registry with a password, and storage on another origin that holds the same blob. */
async function openPair(t: TestContext, auth?: RegistryAuth): Promise<Pair> {
  const opened = await openClient(t, {
    auth: auth ?? { kind: 'basic', ...USER },
    keychain: (host) => keychainFor(host, { kind: 'basic', ...USER }),
  });
  const storage = await startRegistry();
  t.after(() => storage.close());
  putBlob(storage, 'acme/app', TEXT);
  return { ...opened, storage, blob: putBlob(opened.registry, 'acme/app', TEXT) };
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`MNH-16 a ${status} to another origin is followed without credentials`, async (t) => {
    const { client, registry, repository, storage, blob } = await openPair(t);
    const location = `${storage.origin}/v2/acme/app/blobs/${blob.digest}?signature=s`;
    registry.addFault(
      { kind: 'redirect', location, status },
      { when: ({ headers }) => headers.authorization !== undefined },
    );
    const bytes = await client.blob(repository, blob, { maxBytes: 100 });
    assert.equal(bytes.toString(), 'payload');
    assert.equal(registry.requests.at(-1)?.headers.authorization, 'Basic dXNlcjpwYXNz');
    assert.equal(storage.requests[0]?.headers.authorization, undefined);
    assert.equal(storage.requests[0]?.url.search, '?signature=s');
  });
}

test('a redirect on the same origin keeps the credentials', async (t) => {
  const { client, registry, repository, blob } = await openPair(t);
  registry.addFault(
    { kind: 'redirect', location: `/v2/acme/app/blobs/${blob.digest}?again` },
    { when: ({ url, headers }) => url.search === '' && headers.authorization !== undefined },
  );
  await client.blob(repository, blob, { maxBytes: 100 });
  assert.deepEqual(
    registry.requests.map(({ url, headers }) => [url.search, headers.authorization !== undefined]),
    [
      ['', false],
      ['', true],
      ['?again', true],
    ],
  );
});

test('MNH-16 credentials stay off when another origin redirects back', async (t) => {
  const { client, registry, repository, storage, blob } = await openPair(t);
  const path = `/v2/acme/app/blobs/${blob.digest}`;
  registry.addFault(
    { kind: 'redirect', location: `${storage.origin}${path}` },
    { when: ({ url, headers }) => url.search === '' && headers.authorization !== undefined },
  );
  storage.addFault({ kind: 'redirect', location: `${registry.origin}${path}?back` });
  await assert.rejects(client.blob(repository, blob, { maxBytes: 100 }), { code: 'UNAUTHORIZED' });
  const back = registry.requests.at(-1);
  assert.equal(back?.url.search, '?back');
  assert.equal(back?.headers.authorization, undefined);
});

test('MNH-16 a 401 of another origin gets no credentials', async (t) => {
  const { client, registry, repository, storage, blob } = await openPair(t, { kind: 'none' });
  const location = `${storage.origin}/v2/acme/app/blobs/${blob.digest}`;
  registry.addFault({ kind: 'redirect', location });
  storage.auth = { kind: 'basic', ...USER };
  await assert.rejects(client.blob(repository, blob, { maxBytes: 100 }), {
    code: 'UNAUTHORIZED',
    message: `Cannot read blob "${blob.digest}" of "${registry.host}/acme/app": "${storage.host}", where registry "${registry.host}" redirected to, answered 401 (UNAUTHORIZED), wanted 200`,
  });
  assert.deepEqual([registry.count(), storage.count()], [1, 1]);
});

test('MNH-16 user and password in a redirect are not sent', async (t) => {
  const { client, registry, repository, storage, blob } = await openPair(t, { kind: 'none' });
  const location = `http://u:p@${storage.host}/v2/acme/app/blobs/${blob.digest}`;
  registry.addFault({ kind: 'redirect', location });
  await client.blob(repository, blob, { maxBytes: 100 });
  assert.equal(storage.requests[0]?.headers.authorization, undefined);
});

const BAD_LOCATIONS: readonly (readonly [string, string, string])[] = [
  [
    'another scheme',
    'ftp://a.example/',
    'a redirect to something that is no URL, wanted http or https',
  ],
  ['no URL', 'http://', 'a redirect to something that is no URL, wanted http or https'],
  ['itself', '', 'more than 5 redirects, wanted an answer'],
];

for (const [name, location, why] of BAD_LOCATIONS) {
  test(`a redirect to ${name} is MALFORMED`, async (t) => {
    const { client, registry, repository, blob } = await openPair(t, { kind: 'none' });
    registry.addFault({ kind: 'redirect', location });
    await assert.rejects(client.blob(repository, blob, { maxBytes: 100 }), {
      code: 'MALFORMED',
      message: `Cannot read blob "${blob.digest}" of "${registry.host}/acme/app": registry "${registry.host}" answered with ${why}`,
    });
    assert.ok(registry.count() <= 6);
  });
}

test('MNH-16 a redirect of the token endpoint to another origin is not followed', async (t) => {
  const { client, registry, repository, storage, blob } = await openPair(t, {
    kind: 'bearer',
    ...USER,
  });
  registry.addFault(
    { kind: 'redirect', location: `${storage.origin}/token`, status: 307 },
    { when: ({ kind }) => kind === 'token' },
  );
  await assert.rejects(client.blob(repository, blob, { maxBytes: 100 }), { code: 'MALFORMED' });
  assert.equal(storage.count(), 0);
});
