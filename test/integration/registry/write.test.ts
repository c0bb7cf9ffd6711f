import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { parseReference } from '#shared/image/reference.ts';
import type { Keychain } from '#shared/registry/keychain.ts';
import { type RegistryFactory, createRegistryFactory } from '#shared/registry/registry-factory.ts';
import type { RegistryErrorCode } from '#shared/registry/registry-error.ts';
import type { ReferrerContent } from '#shared/registry/registry-writer.ts';
import { anonymousKeychain } from '#shared/registry/static-keychain.ts';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';

const REPOSITORY = 'acme/app';
let factory: RegistryFactory;
let registry: TestRegistry;

before(async () => {
  registry = await startRegistry();
});

beforeEach(() => {
  factory = createRegistryFactory({ version: 'test', sleep: async () => {} });
  registry.reset();
  registry.auth = { kind: 'none' };
  registry.behaviour.referrersApi = true;
});

afterEach(async () => {
  await factory.close();
});

after(async () => {
  await registry.close();
});

const place = (): ReturnType<typeof parseReference> =>
  parseReference(`${registry.host}/${REPOSITORY}`);

const blob = (text: string): { mediaType: string; bytes: Buffer } => ({
  mediaType: 'text/plain',
  bytes: Buffer.from(text),
});

function referrer(
  note: string,
  { digest, mediaType, size } = putImage(registry, REPOSITORY, { tag: '1.0' }),
): ReferrerContent {
  const empty = registry.putBlob(REPOSITORY, '{}');
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/example',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty, size: 2 },
    layers: [],
    subject: { mediaType, digest, size },
    annotations: { note },
  };
  return {
    mediaType: manifest.mediaType,
    bytes: Buffer.from(JSON.stringify(manifest)),
    subject: digest,
    artifactType: manifest.artifactType,
    annotations: manifest.annotations,
  };
}

const USER: Keychain = {
  scope: 'user',
  resolve: async () => ({ kind: 'basic', username: 'user', password: 'secret' }),
};

test('a blob is stored by POST and PUT, and not again when it is there', async () => {
  const writer = factory.openWriter(anonymousKeychain);
  const descriptor = await writer.putBlob(place(), blob('new'));
  const read = await factory.open(anonymousKeychain).blob(place(), descriptor, { maxBytes: 10 });
  assert.equal(read.toString(), 'new');
  registry.reset();
  await writer.putBlob(place(), blob('new'));
  assert.equal(registry.count('upload'), 0);
});

test('tokens for writing are asked for as such, whatever was read before', async () => {
  registry.auth = { kind: 'bearer', username: 'user', password: 'secret', anonymousPull: true };
  const { subject } = referrer('token');
  await factory.open(USER).manifest(place(), subject);
  registry.reset();
  await factory.openWriter(USER).putBlob(place(), blob('with token'));
  const [token] = registry.requests.filter(({ kind }) => kind === 'token');
  assert.equal(token?.url.searchParams.get('scope'), `repository:${REPOSITORY}:pull,push`);
  assert.equal(registry.count('token'), 1);
});

test('MNH-16 an upload that is sent to another origin is refused, with nothing sent there', async () => {
  registry.auth = { kind: 'basic', username: 'user', password: 'secret' };
  const elsewhere = await startRegistry();
  const location = `${elsewhere.origin}/v2/${REPOSITORY}/blobs/uploads/1`;
  registry.addFault(
    { kind: 'headers', headers: { location } },
    { when: ({ kind }) => kind === 'upload' },
  );
  const stored = factory.openWriter(USER).putBlob(place(), blob('elsewhere'));
  await assert.rejects(stored, {
    code: 'MALFORMED' satisfies RegistryErrorCode,
    message: /names no place of its own to upload to$/,
  });
  assert.equal(elsewhere.requests.length, 0);
  await elsewhere.close();
});

test('a registry that lists referrers itself gets no fallback tag', async () => {
  const content = referrer('listed');
  const { digest } = await factory.openWriter(anonymousKeychain).putReferrer(place(), content);
  const { descriptors, source } = await factory
    .open(anonymousKeychain)
    .referrers(place(), content.subject);
  assert.equal(source, 'referrers-api');
  assert.ok(descriptors.some((found) => found.digest === digest));
  const tag = content.subject.replace(':', '-');
  assert.equal(await factory.open(anonymousKeychain).manifestByTag(place(), tag), undefined);
});

test('without a referrers API the fallback tag keeps what it has, and each entry once', async () => {
  registry.behaviour.referrersApi = false;
  const writer = factory.openWriter(anonymousKeychain);
  const image = putImage(registry, REPOSITORY, { tag: '1.0' });
  const [first, second] = [referrer('first', image), referrer('second', image)];
  for (const content of [first, second, first]) await writer.putReferrer(place(), content);
  const { descriptors, source } = await factory
    .open(anonymousKeychain)
    .referrers(place(), first.subject);
  assert.equal(source, 'fallback-tag');
  const notes = descriptors.map(({ annotations }) => annotations?.['note']);
  assert.deepEqual(new Set(notes), new Set(['first', 'second']));
  assert.equal(notes.length, 2);
});

/** What the registry answers, and the error that comes of it. */
const TROUBLE: readonly (readonly [number, RegistryErrorCode])[] = [
  [403, 'DENIED'],
  [429, 'RATE_LIMITED'],
  [500, 'UNREACHABLE'],
  [413, 'MALFORMED'],
];

for (const [status, code] of TROUBLE) {
  test(`MNH-32 ${status} to a manifest is ${code}, and said of the manifest`, async () => {
    const content = referrer(`status ${status}`);
    const isPut = ({ kind, method }: { kind: string; method: string }): boolean =>
      kind === 'manifest' && method === 'PUT';
    registry.addFault({ kind: 'status', status }, { when: isPut });
    const stored = factory.openWriter(anonymousKeychain).putReferrer(place(), content);
    await assert.rejects(stored, { code, message: /^Cannot store manifest "sha256:/ });
  });
}
