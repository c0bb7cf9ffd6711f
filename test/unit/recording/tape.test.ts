import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type HostLookup, HostLookupError } from '#shared/base/host-lookup.ts';
import type { Repository } from '#shared/image/reference.ts';
import {
  RevocationFetchError,
  type RevocationFetcher,
} from '#shared/notation/revocation-fetcher.ts';
import type { Answer } from '#shared/recording/answer.ts';
import { decodeRecording } from '#shared/recording/decode-recording.ts';
import { encodeRecording } from '#shared/recording/encode-recording.ts';
import { Recorder } from '#shared/recording/recorder.ts';
import { Replay } from '#shared/recording/replay.ts';
import { tapedHosts } from '#shared/recording/taped-hosts.ts';
import { tapedKeys } from '#shared/recording/taped-keys.ts';
import { TapedRegistry } from '#shared/recording/taped-registry.ts';
import { tapedRevocations } from '#shared/recording/taped-revocations.ts';
import { tapedTrustRoot } from '#shared/recording/taped-trust-root.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import type { Descriptor, Registry } from '#shared/registry/registry.ts';
import { type KeySource, KeySourceError } from '#shared/trust/key-source.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { OCI_MANIFEST } from '#test/support/signer/artifact-store.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { createMemoryRegistry } from '#test/support/signer/memory-registry.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const memory = createMemoryRegistry();
const repository = memory.repository('acme/app');
const { digest } = memory.putImage('acme/app', 'one');
const content = Buffer.from('content');
const blob: Descriptor = {
  mediaType: 'text/plain',
  digest: memory.putBlob('acme/app', content),
  size: content.length,
};
const tagged = memory.putManifest('acme/app', '1.0', {
  bytes: Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: blob,
      layers: [],
      subject: { mediaType: OCI_MANIFEST, digest, size: 1 },
    }),
  ),
  mediaType: OCI_MANIFEST,
});

const nobody = (): Promise<never> => Promise.reject(new Error('nobody may be asked'));
const limit = { maxBytes: 100 };

/** Everything that can be asked of a registry, with what there is and what there is not. */
const CALLS: readonly (readonly [
  string,
  (registry: Registry, at: Repository) => Promise<unknown>,
])[] = [
  ['resolveTag', (registry, at) => registry.resolveTag(at, '1.0')],
  ['resolveTag of no tag', (registry, at) => registry.resolveTag(at, 'none')],
  ['manifest', (registry, at) => registry.manifest(at, tagged)],
  ['manifestByTag', (registry, at) => registry.manifestByTag(at, '1.0')],
  ['manifestByTag of no tag', (registry, at) => registry.manifestByTag(at, 'none')],
  ['blob', (registry, at) => registry.blob(at, blob, limit)],
  ['blob above the limit', (registry, at) => registry.blob(at, blob, { maxBytes: 1 })],
  ['referrers', (registry, at) => registry.referrers(at, digest)],
];

/** The value, or code and message of the error. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return error instanceof RegistryError ? [error.code, error.message] : error;
  }
}

const recorder = new Recorder(NOW);
const recorded = new Map<string, unknown>();

before(async () => {
  const registry = new TapedRegistry(recorder, () => Promise.resolve(memory.registry));
  for (const [name, call] of CALLS) recorded.set(name, await outcome(call(registry, repository)));
});

for (const [name, call] of CALLS) {
  test(`TapedRegistry: ${name} says the same directly, recorded, and replayed without a registry`, async () => {
    const direct = await outcome(call(memory.registry, repository));
    const replay = new Replay(recorder.recording());
    const replayed = await outcome(call(new TapedRegistry(replay, nobody), repository));
    assert.deepEqual(replayed, recorded.get(name));
    if (name.startsWith('manifest') && direct !== undefined) {
      const { bytes, digest } = direct as { bytes: Buffer; digest: string };
      const { bytes: again, digest: same } = replayed as { bytes: Buffer; digest: string };
      assert.deepEqual([again, same], [bytes, digest]);
    } else {
      assert.deepEqual(replayed, direct);
    }
    assert.deepEqual(replay.gaps(), []);
  });

  test(`TapedRegistry: ${name} that was not recorded is NOT_RECORDED and named`, async () => {
    const replay = new Replay({ recordedAt: NOW, answers: new Map() });
    const [code, message] = (await outcome(
      call(new TapedRegistry(replay, nobody), repository),
    )) as string[];
    assert.equal(code, 'NOT_RECORDED');
    assert.match(message ?? '', /registry\.test\/acme\/app.* not recorded, run with --record$/);
    assert.equal(replay.gaps().length, 1);
  });
}

for (const code of ['UNREACHABLE', 'TIMEOUT', 'RATE_LIMITED'] as const) {
  test(`Recorder: trouble such as ${code} is no answer, and the next try may be lucky`, async () => {
    const tape = new Recorder(NOW);
    let isDown = true;
    const registry = new TapedRegistry(tape, () =>
      isDown ? Promise.reject(new RegistryError(code, 'down')) : Promise.resolve(memory.registry),
    );
    await assert.rejects(registry.resolveTag(repository, '1.0'), { code });
    assert.deepEqual(tape.gaps(), ['tag registry.test/acme/app:1.0']);
    assert.equal(tape.recording().answers.size, 0);
    isDown = false;
    await registry.resolveTag(repository, '1.0');
    assert.deepEqual([tape.gaps(), tape.recording().answers.size], [[], 1]);
  });
}

test('Recorder: a question is asked once, so that a tag cannot move within a recording', async () => {
  const tape = new Recorder(NOW);
  let asked = 0;
  const ask = (): Promise<Answer> => {
    asked += 1;
    return Promise.resolve({ kind: 'absent' });
  };
  await Promise.all([tape.answer('q', ask), tape.answer('q', ask)]);
  await tape.answer('q', ask);
  assert.equal(asked, 1);
});

test('Recorder and Replay: time stands still at the time of the recording', () => {
  assert.equal(recorder.clock.now(), NOW);
  assert.equal(new Replay(recorder.recording()).clock.now(), NOW);
});

test('TapedRegistry: an answer of the wrong kind is MALFORMED, not a verdict', async () => {
  const answers = new Map<string, Answer>([
    ['tag registry.test/acme/app:1.0', { kind: 'absent' }],
    ['tag registry.test/acme/app:2.0', { kind: 'refusal', code: 'UNREACHABLE', message: '' }],
  ]);
  const registry = new TapedRegistry(new Replay({ recordedAt: NOW, answers }), nobody);
  for (const tag of ['1.0', '2.0'])
    await assert.rejects(registry.resolveTag(repository, tag), {
      name: 'RecordingError',
      code: 'MALFORMED',
    });
});

const options = { signal: undefined };

test('tapedKeys: keys of a service come back with their hash; only public keys are on the tape', async () => {
  const keys = parsePublicKeys(generateSignerKey().publicKeyPem, 'sha384');
  const tape = new Recorder(NOW);
  const source: KeySource = { keys: () => Promise.resolve(keys) };
  await tapedKeys(tape, source).keys('awskms:///alias/a', 'sha384', options);
  assert.doesNotMatch(JSON.stringify([...tape.recording().answers]), /PRIVATE/);
  const replayed = tapedKeys(new Replay(tape.recording()), { keys: nobody });
  const [key] = await replayed.keys('awskms:///alias/a', 'sha384', options);
  assert.deepEqual([key?.fingerprint, key?.hash], [keys[0]?.fingerprint, 'sha384']);
  await assert.rejects(replayed.keys('awskms:///alias/b', undefined, options), {
    name: 'KeySourceError',
    message: /"key awskms:\/\/\/alias\/b" .* not recorded/,
  });
});

const KEY_ERRORS = [
  ['NOT_FOUND', true],
  ['FORBIDDEN', true],
  ['TIMEOUT', false],
  ['NO_CREDENTIALS', false],
] as const;

for (const [code, isKept] of KEY_ERRORS) {
  test(`tapedKeys: ${code} is ${isKept ? 'an answer' : 'trouble, and not kept'}`, async () => {
    const tape = new Recorder(NOW);
    const source: KeySource = { keys: () => Promise.reject(new KeySourceError(code, 'no key')) };
    await assert.rejects(tapedKeys(tape, source).keys('k8s://a/b', undefined, options), { code });
    assert.equal(tape.recording().answers.size, isKept ? 1 : 0);
  });
}

const request = {
  address: 'http://ocsp.test/a?X-Amz-Signature=secret',
  body: Buffer.from('question'),
  maxBytes: 100,
  timeoutMs: 100,
};

test('tapedRevocations: answers are kept by address and question, without what a query says', async () => {
  const tape = new Recorder(NOW);
  const fetcher: RevocationFetcher = { fetch: () => Promise.resolve(content) };
  await tapedRevocations(tape, fetcher).fetch(request);
  assert.doesNotMatch(JSON.stringify([...tape.recording().answers]), /secret/);
  const replayed = tapedRevocations(new Replay(tape.recording()), { fetch: nobody });
  assert.deepEqual(await replayed.fetch(request), content);
  await assert.rejects(
    replayed.fetch({ ...request, body: Buffer.from('another') }),
    RevocationFetchError,
  );
  await assert.rejects(replayed.fetch({ ...request, body: undefined }), /not recorded/);
});

test('tapedHosts: addresses and absences are kept, trouble is not', async () => {
  const tape = new Recorder(NOW);
  const hosts: HostLookup = {
    addressesOf: async (host) =>
      host === 'a.example'
        ? Promise.resolve(['192.0.2.1', '2001:db8::1'])
        : Promise.reject(
            new HostLookupError(host === 'b.example' ? 'NO_SUCH_HOST' : 'UNREACHABLE', 'no'),
          ),
  };
  const taped = tapedHosts(tape, hosts);
  await taped.addressesOf('a.example', undefined);
  await assert.rejects(taped.addressesOf('b.example', undefined), { code: 'NO_SUCH_HOST' });
  await assert.rejects(taped.addressesOf('c.example', undefined), { code: 'UNREACHABLE' });
  assert.deepEqual(tape.gaps(), ['addresses of c.example']);
  const recording = decodeRecording(encodeRecording(tape.recording()));
  const replayed = tapedHosts(new Replay(recording), { addressesOf: nobody });
  assert.deepEqual(await replayed.addressesOf('a.example', undefined), [
    '192.0.2.1',
    '2001:db8::1',
  ]);
  await assert.rejects(replayed.addressesOf('b.example', undefined), { code: 'NO_SUCH_HOST' });
  await assert.rejects(
    replayed.addressesOf('c.example', undefined),
    /not recorded, run with --record/,
  );
});

test('tapedTrustRoot: the root is on the tape, and is missed where it is not', async () => {
  const root = readTrustedRoot(JSON.stringify(createVirtualSigstore().trustedRoot()));
  const tape = new Recorder(NOW);
  await tapedTrustRoot(tape, () => Promise.resolve(root));
  const again = await tapedTrustRoot(new Replay(tape.recording()), nobody);
  assert.equal(again.material.hash, root.material.hash);
  const empty = new Replay({ recordedAt: NOW, answers: new Map() });
  await assert.rejects(tapedTrustRoot(empty, nobody), { code: 'NOT_RECORDED' });
});
