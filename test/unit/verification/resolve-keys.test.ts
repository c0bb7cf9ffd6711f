import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#shared/base/clock.ts';
import type {
  AttestationRequirement,
  Attestor,
  AttestorSet,
  KeyReferenceAttestor,
  VerifyImagesEntry,
} from '#shared/policy/model.ts';
import { type KeySource, KeySourceError } from '#shared/trust/key-source.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { ImageVerifier } from '#shared/verification/image-verifier.ts';
import { resolveKeys } from '#shared/verification/resolve-keys.ts';
import type { Verdict } from '#shared/verification/verdict.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { createMemoryRegistry } from '#test/support/signer/memory-registry.ts';
import { putSignatureImage, simpleSigningLayer } from '#test/support/signer/sign-simple.ts';

const RELEASE = generateSignerKey();
const SECOND = generateSignerKey();
const STRANGER = generateSignerKey();

/** What is behind each reference; a code is trouble. */
const BEHIND: Readonly<Record<string, string>> = {
  'k8s://keys/release': RELEASE.publicKeyPem,
  'k8s://keys/second': SECOND.publicKeyPem,
  'k8s://keys/stranger': STRANGER.publicKeyPem,
  'k8s://keys/both': RELEASE.publicKeyPem + SECOND.publicKeyPem,
  'k8s://keys/rotated': STRANGER.publicKeyPem + RELEASE.publicKeyPem,
  'awskms:///down': 'UNREACHABLE',
  'awskms:///denied': 'FORBIDDEN',
};

const SOURCE: KeySource = {
  keys: (uri, hash) => {
    const found = BEHIND[uri] ?? 'FORBIDDEN';
    return found === 'UNREACHABLE' || found === 'FORBIDDEN'
      ? Promise.reject(new KeySourceError(found, `Cannot fetch key "${uri}": ${found}`))
      : Promise.resolve(parsePublicKeys(found, hash));
  },
};

function reference(uri: string): KeyReferenceAttestor {
  return {
    kind: 'key-reference',
    path: 'attestors[0].entries[0].keys',
    uri,
    hash: undefined,
    log: { kind: 'ignored' },
    annotations: {},
    repository: undefined,
  };
}

function setOf(entries: readonly Attestor[], count: AttestorSet['count'] = 'all'): AttestorSet {
  return { path: 'attestors[0]', count, entries };
}

interface Case {
  readonly sets: readonly AttestorSet[];
  readonly signed?: boolean;
  readonly keySource?: KeySource | undefined;
  readonly signal?: AbortSignal;
}

function entryOf(
  attestors: readonly AttestorSet[],
  attestations: readonly AttestationRequirement[] = [],
): VerifyImagesEntry {
  return {
    path: 'entry',
    imageReferences: ['*'],
    skipImageReferences: [],
    attestors,
    attestations,
    formats: 'any',
    mutateDigest: true,
    verifyDigest: true,
    required: true,
  };
}

/** An image that RELEASE and SECOND have signed. */
async function verify({ sets, signed = true, keySource, signal }: Case): Promise<Verdict> {
  const memory = createMemoryRegistry();
  const subject = memory.putImage('acme/app', 'image');
  const layers = [RELEASE, SECOND].map((key) =>
    simpleSigningLayer(memory, subject, { key, options: {} }),
  );
  if (signed) putSignatureImage(memory, subject, layers);
  const written = `registry.test/acme/app@${subject.digest}`;
  const repository = memory.repository('acme/app');
  const verifier = new ImageVerifier({
    clock: systemClock,
    ...(keySource === undefined ? {} : { keySource }),
  });
  const entry = entryOf(sets);
  const { digest } = subject;
  const image = {
    reference: { ...repository, tag: undefined, digest, written },
    digest,
    registry: memory.registry,
  };
  return verifier.verify(image, entry, { signal });
}

const down = reference('awskms:///down');
const nested = (set: AttestorSet): Attestor => ({ kind: 'nested', path: set.path, set });
const refs = (...names: readonly string[]): readonly Attestor[] =>
  names.map((name) => reference(`k8s://keys/${name}`));

for (const [name, sets, kind] of [
  ['the signer’s key', [setOf(refs('release'))], 'pass'],
  ['another key', [setOf(refs('stranger'))], 'fail'],
  ['two keys, both of which signed', [setOf(refs('both'))], 'pass'],
  ['two keys, of which all must sign and one did not', [setOf(refs('rotated'))], 'fail'],
  ['two keys, of which one must sign', [setOf(refs('rotated'), 1)], 'pass'],
  ['two keys that both count', [setOf(refs('both'), 2)], 'pass'],
  ['one key, listed twice, that counts once', [setOf(refs('release', 'release'), 2)], 'fail'],
  ['a key within a nested set', [setOf([nested(setOf(refs('release')))])], 'pass'],
  ['a key in each of two sets', [setOf(refs('release')), setOf(refs('second'))], 'pass'],
  ['a key in one of two sets only', [setOf(refs('release')), setOf(refs('stranger'))], 'fail'],
] as const) {
  test(`key references: ${name}: ${kind}`, async () => {
    const verdict = await verify({ sets, keySource: SOURCE });
    assert.equal(verdict.kind, kind, JSON.stringify(verdict));
  });
}

for (const [name, uri, transient] of [
  ['cannot be reached', 'awskms:///down', true],
  ['may not be read', 'awskms:///denied', false],
] as const) {
  test(`MNH-32 key references: a key that ${name} leaves the answer open, and is named`, async () => {
    for (const signed of [true, false]) {
      const verdict = await verify({ sets: [setOf([reference(uri)])], signed, keySource: SOURCE });
      assert.equal(verdict.kind, 'error');
      assert.ok(verdict.kind === 'error');
      assert.equal(verdict.reason, 'KEY_UNAVAILABLE');
      assert.equal(verdict.transient, transient);
      assert.match(verdict.message, new RegExp(`Cannot fetch key "${uri}"`));
      assert.doesNotMatch(verdict.message, /no signatures/);
    }
  });
}

for (const [name, sets, kind] of [
  [
    'does not matter where others satisfy the count',
    [setOf([down, ...refs('release')], 1)],
    'pass',
  ],
  ['is missing where all must sign', [setOf([down, ...refs('release')])], 'error'],
  ['is missing where too few others signed', [setOf([down, ...refs('release')], 2)], 'error'],
  ['is missing in its own set', [setOf(refs('release')), setOf([down])], 'error'],
  ['is missing within a nested set', [setOf([nested(setOf([down]))])], 'error'],
] as const) {
  test(`key references: a key that cannot be reached ${name}: ${kind}`, async () => {
    const verdict = await verify({ sets, keySource: SOURCE });
    assert.equal(verdict.kind, kind, JSON.stringify(verdict));
  });
}

test('key references: of two keys a signature has both, an attestation the first', async () => {
  const sets = [setOf(refs('both'))];
  const wanted = { path: 'attestations[0]', name: undefined, predicateType: 'x', attestors: sets };
  const { entry } = await resolveKeys(entryOf(sets, [wanted]), SOURCE, { signal: undefined });
  const counted = (set: AttestorSet | undefined): number | undefined => set?.entries.length;
  assert.equal(counted(entry.attestors[0]), 2);
  assert.equal(counted(entry.attestations?.[0]?.attestors[0]), 1);
});

test('key references: a source that finds no key at all satisfies nothing', async () => {
  const keySource: KeySource = { keys: () => Promise.resolve([]) };
  const verdict = await verify({ sets: [setOf(refs('release'))], keySource });
  assert.equal(verdict.kind === 'error' ? verdict.reason : verdict.kind, 'KEY_UNAVAILABLE');
});

test('key references: without a source they say so', async () => {
  const verdict = await verify({ sets: [setOf(refs('release'))] });
  assert.equal(verdict.kind === 'error' ? verdict.reason : verdict.kind, 'KEY_UNAVAILABLE');
});

test('key references: a request whose time is up says that, not that the key is missing', async () => {
  const signal = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
  const keySource: KeySource = { keys: () => Promise.reject(signal.reason as Error) };
  const verdict = await verify({ sets: [setOf(refs('release'))], keySource, signal });
  assert.equal(verdict.kind === 'error' ? verdict.reason : verdict.kind, 'DEADLINE_EXCEEDED');
});
