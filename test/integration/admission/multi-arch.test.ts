import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { KeyAttestor } from '#shared/policy/model.ts';
import type { Descriptor } from '#shared/registry/registry.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom, verifyPolicy } from '#test/support/admission/policies.ts';
import {
  entryOf,
  notationAttestor,
  startVerifier,
} from '#test/support/notation/notation-engine.ts';
import { makeNotationWorld, NOW } from '#test/support/notation/notation-world.ts';
import { putNotation } from '#test/support/notation/put-notation.ts';
import { putImage, putIndex, putJsonManifest } from '#test/support/registry/image.ts';
import type { RecordedRequest } from '#test/support/registry/recorded-request.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { signBundle } from '#test/support/signer/sign-bundle.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';
import { subjectOf } from '#test/support/signer/signed-image.ts';

const registry = await startRegistry();
const engine = startVerifier();
after(async () => {
  await engine.close();
  await registry.close();
});

const key = generateSignerKey();
const [publicKey] = parsePublicKeys(key.publicKeyPem);
assert.ok(publicKey);
const attestor: KeyAttestor = {
  kind: 'key',
  path: 'spec.attestors[0].entries[0]',
  key: publicKey,
  log: { kind: 'ignored' },
  annotations: {},
  repository: undefined,
};
const ENTRY = entryOf([attestor]);
const REPOSITORY = 'acme/multi';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const UNKNOWN = { os: 'unknown', architecture: 'unknown' };

function sign(...manifests: readonly Descriptor[]): void {
  for (const manifest of manifests)
    signSimple(registry, subjectOf(registry, REPOSITORY, manifest), key);
}

/** A manifest as an index lists it. */
function child(platform?: Descriptor['platform'], more: Partial<Descriptor> = {}): Descriptor {
  return {
    ...putImage(registry, REPOSITORY),
    ...(platform === undefined ? {} : { platform }),
    ...more,
  };
}

function indexOf(...manifests: readonly Descriptor[]): Descriptor {
  const manifest = { schemaVersion: 2, mediaType: INDEX, manifests };
  return putJsonManifest(registry, REPOSITORY, { manifest });
}

function linux(architecture: string): { os: string; architecture: string } {
  return { os: 'linux', architecture };
}

function nameOf({ digest }: Descriptor): string {
  return `${registry.host}/${REPOSITORY}@${digest}`;
}

for (const format of ['oci', 'docker'] as const)
  test(`an index passes by its platform manifests where each is signed (${format})`, async () => {
    const index = putIndex(registry, REPOSITORY, { format });
    sign(...index.images);
    const verdict = await engine.verify(nameOf(index), ENTRY);
    assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
    assert.equal(verdict.digest, index.digest, 'the index stays what is pinned');
    assert.match(verdict.message, /by its platform manifests \(linux\/amd64, linux\/arm64\)/);
    assert.deepEqual(
      verdict.signatures.map(({ manifest }) => manifest),
      index.images.map(({ digest, platform }) => ({
        digest,
        platform: `linux/${platform?.architecture}`,
      })),
    );
  });

test('an index that is signed itself costs no look at its manifests', async () => {
  const index = putIndex(registry, REPOSITORY);
  sign(index);
  registry.reset();
  const verdict = await engine.verify(nameOf(index), ENTRY);
  assert.equal(verdict.kind, 'pass');
  assert.equal(verdict.signatures[0]?.manifest, undefined);
  const asked = registry.requests.map(({ url }) => url).join(' ');
  for (const { digest } of [index, ...index.images])
    assert.ok(!asked.includes(`manifests/${digest}`), asked);
});

test('an unsigned image costs one more request, an unsigned index a look at one manifest', async () => {
  const image = putImage(registry, REPOSITORY);
  registry.reset();
  assert.equal((await engine.verify(nameOf(image), ENTRY)).kind, 'fail');
  const own = registry.requests.filter(({ url }) =>
    url.pathname.endsWith(`/manifests/${image.digest}`),
  );
  assert.equal(own.length, 1);
  const index = putIndex(registry, REPOSITORY);
  registry.reset();
  assert.equal((await engine.verify(nameOf(index), ENTRY)).kind, 'fail');
  const [first, second] = index.images;
  const asked = registry.requests.map(({ url }) => url).join(' ');
  const tagOf = (image_?: Descriptor): string => `${image_?.digest.replace(':', '-')}.sig`;
  assert.ok(asked.includes(tagOf(first)));
  assert.ok(!asked.includes(tagOf(second)));
});

interface Row {
  readonly what: string;
  /** Stands in the index beside a signed manifest. */
  readonly unsigned: Descriptor;
  readonly passes: boolean;
}

const BUILDKIT = { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };

const ROWS: readonly Row[] = [
  { what: 'another platform', unsigned: child(linux('arm64')), passes: false },
  { what: 'an attestation of BuildKit', unsigned: child(UNKNOWN, BUILDKIT), passes: true },
  { what: 'something for no platform', unsigned: child(UNKNOWN), passes: true },
  { what: 'a manifest without platform', unsigned: child(), passes: false },
  { what: 'a platform without words', unsigned: child({}), passes: false },
  {
    what: 'a platform that is said to be an attestation',
    unsigned: child(linux('arm64'), BUILDKIT),
    passes: false,
  },
  {
    what: 'a half unknown platform',
    unsigned: child({ os: 'linux', architecture: 'unknown' }),
    passes: false,
  },
  { what: 'an index in the index', unsigned: indexOf(child(linux('arm64'))), passes: false },
];

for (const { what, unsigned, passes } of ROWS)
  test(`MNH-04 beside a signed manifest, ${what} without signature ${passes ? 'does no harm' : 'refuses the index'}`, async () => {
    const signed = child(linux('amd64'));
    sign(signed);
    const verdict = await engine.verify(nameOf(indexOf(unsigned, signed)), ENTRY);
    assert.equal(verdict.kind, passes ? 'pass' : 'fail', JSON.stringify(verdict));
    const reversed = await engine.verify(nameOf(indexOf(signed, unsigned)), ENTRY);
    assert.equal(reversed.kind, passes ? 'pass' : 'fail', JSON.stringify(reversed));
    if (reversed.kind === 'fail')
      assert.match(
        reversed.details.join('\n'),
        /the index is not signed as wanted: 1 of its 2 platform manifests are, but manifest sha256:\S+ \(.+\) is not: failed to verify/,
      );
  });

test('the same manifest for no platform and for one is judged as the one that could run', async () => {
  const twice = child(UNKNOWN);
  const signed = child(linux('amd64'));
  sign(signed);
  const index = indexOf(twice, signed, { ...twice, platform: linux('arm64') });
  assert.equal((await engine.verify(nameOf(index), ENTRY)).kind, 'fail');
});

test('an index without a manifest that could run is refused', async () => {
  const attestation = child(UNKNOWN);
  sign(attestation);
  assert.equal((await engine.verify(nameOf(indexOf(attestation)), ENTRY)).kind, 'fail');
  assert.equal((await engine.verify(nameOf(indexOf()), ENTRY)).kind, 'fail');
});

test('MNH-13 manifests signed by somebody else refuse the index', async () => {
  const index = putIndex(registry, REPOSITORY);
  const [first, second] = index.images;
  assert.ok(first && second);
  sign(first);
  signSimple(registry, subjectOf(registry, REPOSITORY, second), generateSignerKey());
  const verdict = await engine.verify(nameOf(index), ENTRY);
  assert.equal(verdict.kind, 'fail');
  assert.match(verdict.details.join('\n'), /\(linux\/arm64\) is not: .*was not made by key/);
});

test('more manifests than are looked at refuse the index', async () => {
  const one = child(linux('amd64'));
  sign(one);
  const many = Array.from({ length: 33 }, (_, at) => child(linux(`arch${at}`)));
  const verdict = await engine.verify(nameOf(indexOf(one, ...many)), ENTRY);
  assert.equal(verdict.kind, 'fail');
  assert.match(
    verdict.details.join('\n'),
    /34 platform manifests, and no more than 32 are looked at/,
  );
});

test('MNH-32 a manifest that nobody can look at leaves the answer open', async () => {
  const index = putIndex(registry, REPOSITORY);
  sign(...index.images);
  const [, second] = index.images;
  assert.ok(second);
  const when = ({ url }: RecordedRequest): boolean => url.href.includes(second.digest.slice(7));
  registry.addFault({ kind: 'status', status: 503 }, { when });
  const verdict = await engine.verify(nameOf(index), ENTRY);
  registry.clearFaults();
  assert.equal(verdict.kind, 'error', JSON.stringify(verdict));
  assert.equal(verdict.reason, 'REGISTRY_UNREACHABLE');
  assert.equal(verdict.digest, index.digest);
  assert.equal((await engine.verify(nameOf(index), ENTRY)).kind, 'pass');
});

test('platform manifests that satisfied are not asked for again, even when the index is', async () => {
  let now = NOW;
  const moving = startVerifier({ clock: { now: () => now } });
  const index = putIndex(registry, REPOSITORY);
  sign(...index.images);
  assert.equal((await moving.verify(nameOf(index), ENTRY)).kind, 'pass');
  now += 60_000;
  registry.reset();
  assert.equal((await moving.verify(nameOf(index), ENTRY)).kind, 'pass');
  await moving.close();
  assert.deepEqual(registry.requests, []);
});

test('every format counts, one manifest each', async () => {
  const { chain } = makeNotationWorld();
  const root = chain.at(-1);
  assert.ok(root);
  const index = putIndex(registry, REPOSITORY);
  const [first, second] = index.images.map((image) => subjectOf(registry, REPOSITORY, image));
  assert.ok(first && second);
  signBundle(registry, first, key);
  putNotation(registry, second, chain, { format: 'cose' });
  const either = entryOf([attestor, notationAttestor({ ca: root })], { count: 1 });
  const verdict = await engine.verify(nameOf(index), either);
  assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
  assert.deepEqual(
    verdict.signatures.map(({ format }) => format),
    ['sigstore-bundle', 'notation-cose'],
  );
  assert.equal((await engine.verify(nameOf(index), ENTRY)).kind, 'fail');
});

test('admission pins the index whose manifests are signed', async () => {
  const index = putIndex(registry, REPOSITORY, { tag: 'v1' });
  sign(...index.images);
  const admission = startEngine();
  const policies = policiesFrom(
    verifyPolicy({ images: `${registry.host}/*`, keys: [key.publicKeyPem] }),
  );
  const request = requestFor(pod([`${registry.host}/${REPOSITORY}:v1`]));
  const decision = await admission.admit(request, { policies, stage: 'mutate', pin: 'pods' });
  await admission.close();
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(decision.patch, [
    {
      op: 'replace',
      path: '/spec/containers/0/image',
      value: `${registry.host}/${REPOSITORY}:v1@${index.digest}`,
    },
  ]);
});
