import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Digest, tryParseDigest } from '#shared/base/digest.ts';
import type { Digest } from '#shared/base/digest.ts';
import type { RegistryErrorCode } from '#shared/registry/registry-error.ts';
import type { RequestObservation } from '#shared/registry/transport.ts';
import type { Fault } from '#test/support/registry/fault.ts';
import { putBlob, putImage, putIndex } from '#test/support/registry/image.ts';
import { openClient } from '#test/support/registry/open-client.ts';

for (const format of ['oci', 'docker'] as const) {
  test(`resolveTag() resolves an ${format} image and an index by one HEAD each`, async (t) => {
    const { client, registry, repository } = await openClient(t);
    const image = putImage(registry, 'acme/app', { tag: 'image', format });
    const { images: _, ...index } = putIndex(registry, 'acme/app', { tag: 'index', format });
    assert.deepEqual(await client.resolveTag(repository, 'image'), image);
    assert.deepEqual(await client.resolveTag(repository, 'index'), index);
    assert.deepEqual(registry.log(), ['HEAD manifest image', 'HEAD manifest index']);
  });
}

const UNTELLING_HEADS: readonly (readonly [string, Fault])[] = [
  ['sends no digest', { kind: 'headers', headers: { 'docker-content-digest': undefined } }],
  ['sends a digest that is none', { kind: 'headers', headers: { 'docker-content-digest': 'x' } }],
  ['sends another type', { kind: 'headers', headers: { 'content-type': 'text/html' } }],
  ['does not do HEAD', { kind: 'status', status: 405 }],
  ['answers HEAD with 404', { kind: 'status', status: 404 }],
];

for (const [name, fault] of UNTELLING_HEADS) {
  test(`resolveTag() hashes the manifest itself where the registry ${name}`, async (t) => {
    const { client, registry, repository } = await openClient(t);
    const image = putImage(registry, 'acme/app', { tag: '1' });
    registry.addFault(fault, { when: ({ method }) => method === 'HEAD' });
    assert.deepEqual(await client.resolveTag(repository, '1'), image);
    assert.deepEqual(registry.log(), ['HEAD manifest 1', 'GET manifest 1']);
  });
}

test('resolveTag() says NOT_FOUND for a tag that is not there', async (t) => {
  const { client, registry, repository } = await openClient(t);
  putImage(registry, 'acme/app', { tag: '1' });
  await assert.rejects(client.resolveTag(repository, '2'), {
    name: 'RegistryError',
    code: 'NOT_FOUND',
    status: 404,
    message: `Cannot resolve tag "2" of "${registry.host}/acme/app": registry "${registry.host}" answered 404 (MANIFEST_UNKNOWN), wanted 200`,
  });
});

test('manifest() reads an image and its index by digest', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const index = putIndex(registry, 'acme/app');
  const read = await client.manifest(repository, index.digest);
  assert.equal(read.kind, 'index');
  assert.deepEqual(
    read.kind === 'index' && read.manifests.map(({ platform }) => platform?.architecture),
    ['amd64', 'arm64'],
  );
  const [first] = index.images;
  assert.ok(first);
  const image = await client.manifest(repository, first.digest);
  assert.equal(image.kind, 'image');
  assert.equal(image.digest, first.digest);
});

test('manifestByTag() reads a tag by one GET, and knows when there is none', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const image = putImage(registry, 'acme/app', { tag: '1' });
  assert.equal((await client.manifestByTag(repository, '1'))?.digest, image.digest);
  assert.equal(await client.manifestByTag(repository, '2'), undefined);
  const nowhere = { ...repository, path: 'acme/nothing' };
  assert.equal(await client.manifestByTag(nowhere, '1'), undefined);
  assert.deepEqual(registry.log(), ['GET manifest 1', 'GET manifest 2', 'GET manifest 1']);
});

test('blob() reads exactly the bytes of the descriptor, an empty one too', async (t) => {
  const { client, registry, repository } = await openClient(t);
  for (const text of ['payload', '']) {
    const bytes = Buffer.from(text);
    const blob = putBlob(registry, 'acme/app', { mediaType: 'text/plain', bytes });
    assert.equal((await client.blob(repository, blob, { maxBytes: 7 })).toString(), text);
  }
});

test('a sha512 digest is checked as such', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const image = putImage(registry, 'acme/app', { tag: '1' });
  const sha512 = tryParseDigest(`sha512:${'a'.repeat(128)}`) as Digest;
  registry.tag('acme/app', sha512, image.digest);
  await assert.rejects(client.manifest(repository, sha512), { code: 'DIGEST_MISMATCH' });
});

const OTHER = sha256Digest('other');

/** What is read, what goes wrong, what it must be called. */
const WRONG_CONTENT: readonly {
  readonly name: string;
  readonly read: 'tag' | 'manifest' | 'manifestByTag' | 'blob';
  readonly fault: Fault;
  readonly code: RegistryErrorCode;
  readonly message: RegExp;
}[] = [
  {
    name: 'manifest bytes of another digest',
    read: 'manifest',
    fault: { kind: 'body', body: '{}' },
    code: 'DIGEST_MISMATCH',
    message:
      /^Cannot read manifest "sha256:.+" of ".+": registry ".+" sent bytes with digest ".+", wanted ".+"$/,
  },
  {
    name: 'a tag whose digest header and bytes disagree',
    read: 'manifestByTag',
    fault: { kind: 'headers', headers: { 'docker-content-digest': OTHER } },
    code: 'DIGEST_MISMATCH',
    message: /^Cannot read tag "1" of ".+": registry ".+" sent bytes with digest/,
  },
  {
    name: 'a content type that disagrees with the body',
    read: 'manifest',
    fault: {
      kind: 'headers',
      headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
    },
    code: 'MALFORMED',
    message: /content type ".+index.+" disagrees with mediaType/,
  },
  {
    name: 'a web page in place of a tag',
    read: 'manifestByTag',
    fault: {
      kind: 'body',
      body: '<html>Welcome</html>',
      contentType: 'text/html',
    },
    code: 'DIGEST_MISMATCH',
    message: /sent bytes with digest/,
  },
  {
    name: 'an endless manifest',
    read: 'manifest',
    fault: { kind: 'endless-body' },
    code: 'TOO_LARGE',
    message: /sends more than 4194304 bytes, the limit$/,
  },
  {
    name: 'an endless manifest by tag',
    read: 'manifestByTag',
    fault: { kind: 'endless-body' },
    code: 'TOO_LARGE',
    message: /sends more than 4194304 bytes, the limit$/,
  },
  {
    name: 'an endless blob',
    read: 'blob',
    fault: { kind: 'endless-body' },
    code: 'DIGEST_MISMATCH',
    message: /^Cannot read blob "sha256:.+": the registry sent more than 7 bytes, wanted 7$/,
  },
  {
    name: 'a blob that is too short',
    read: 'blob',
    fault: { kind: 'body', body: 'pay' },
    code: 'DIGEST_MISMATCH',
    message: /: the registry sent 3 bytes, wanted 7$/,
  },
  {
    name: 'a blob of the right length with other bytes',
    read: 'blob',
    fault: { kind: 'body', body: 'PAYLOAD' },
    code: 'DIGEST_MISMATCH',
    message: /: the registry sent bytes with another digest$/,
  },
];

for (const { name, read, fault, code, message } of WRONG_CONTENT) {
  test(`MNH-04 ${name} is refused as ${code}`, async (t) => {
    const { client, registry, repository } = await openClient(t);
    const image = putImage(registry, 'acme/app', { tag: '1' });
    const bytes = Buffer.from('payload');
    const blob = putBlob(registry, 'acme/app', { mediaType: 'text/plain', bytes });
    registry.addFault(fault);
    const calls = {
      tag: () => client.resolveTag(repository, '1'),
      manifest: () => client.manifest(repository, image.digest),
      manifestByTag: () => client.manifestByTag(repository, '1'),
      blob: () => client.blob(repository, blob, { maxBytes: 100 }),
    };
    await assert.rejects(calls[read](), { code, message });
  });
}

test('MNH-04 blob() does not even ask for a blob above the limit', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const bytes = Buffer.from('payload');
  const blob = putBlob(registry, 'acme/app', { mediaType: 'text/plain', bytes });
  await assert.rejects(client.blob(repository, blob, { maxBytes: 6 }), {
    code: 'TOO_LARGE',
    message: `Cannot read blob "${blob.digest}" of "${registry.host}/acme/app": its descriptor says 7 bytes, the limit is 6`,
  });
  assert.equal(registry.requests.length, 0);
});

test('onRequest tells of every HTTP request', async (t) => {
  const seen: RequestObservation[] = [];
  const { client, registry, repository } = await openClient(t, {
    auth: { kind: 'bearer' },
    factory: { onRequest: (observation) => seen.push(observation) },
  });
  putImage(registry, 'acme/app', { tag: '1' });
  await client.resolveTag(repository, '1');
  assert.deepEqual(
    seen.map(({ host, operation, status }) => [host, operation, status]),
    [
      [registry.host, 'resolve-tag', 401],
      [registry.host, 'token', 200],
      [registry.host, 'resolve-tag', 200],
    ],
  );
  assert.ok(seen.every(({ durationMs }) => durationMs >= 0));
});

test('requests say who is asking', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const image = putImage(registry, 'acme/app', { tag: '1' });
  const { digest } = await client.resolveTag(repository, '1');
  assert.equal(registry.requests[0]?.headers['user-agent'], 'kubectl-sign-policy/0.0.0-test');
  assert.match(String(registry.requests[0]?.headers.accept), /oci\.image\.index/);
  assert.equal(digest, image.digest);
});

test('one connection serves one request after the other, after HEAD and errors too', async (t) => {
  const { client, registry, repository } = await openClient(t, { auth: { kind: 'bearer' } });
  const image = putImage(registry, 'acme/app', { tag: '1' });
  await client.resolveTag(repository, '1');
  await client.manifest(repository, image.digest);
  await client.manifestByTag(repository, 'none');
  await client.referrers(repository, image.digest);
  assert.equal(registry.requests.length, 6);
  assert.equal(new Set(registry.requests.map(({ connection }) => connection)).size, 1);
});
