import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { sha256Digest } from '#shared/base/digest.ts';
import { parseReference } from '#shared/image/reference.ts';
import type { AttestationRequirement } from '#shared/policy/model.ts';
import { concludePlatforms, judgePlatforms } from '#shared/verification/judge-platforms.ts';
import type { PlatformManifest } from '#shared/verification/platform-manifests.ts';
import type { SignatureFact, Verdict, VerifiedAttestation } from '#shared/verification/verdict.ts';
import { ListingRegistry } from '#test/support/notation/listing-registry.ts';

const image = {
  reference: parseReference('registry.test/acme/app:v1'),
  digest: sha256Digest('index'),
  registry: new ListingRegistry(),
};

function children(count: number): readonly PlatformManifest[] {
  return Array.from({ length: count }, (_, at) => ({
    digest: sha256Digest(`child ${at}`),
    platform: `linux/arch${at}`,
  }));
}

const requirement: AttestationRequirement = {
  path: 'attestations[0]',
  name: 'sbom',
  predicateType: 'x',
  attestors: [],
};

function attestedOf(predicate: string): VerifiedAttestation {
  const set = { path: 'attestors[0]', count: 'all', entries: [] } as const;
  const statements = [{ predicateType: 'x', predicate }];
  const signer = { kind: 'signer', signers: new Set(['a']), aliases: [], statements } as const;
  return { requirement, sets: [{ set, satisfied: [signer] }] };
}

const FACT: SignatureFact = {
  format: 'sigstore-bundle',
  place: 'referrers-api',
  keyFingerprint: 'a',
  annotations: {},
};

const COMMON = { message: 'said the test', details: [], digest: undefined };
const VERDICTS: Readonly<Record<Verdict['kind'], Verdict>> = {
  pass: { kind: 'pass', message: '', digest: undefined, signatures: [FACT] },
  fail: { kind: 'fail', reason: 'NO_SIGNATURES', ...COMMON },
  skip: { kind: 'skip', message: 'said the test', digest: undefined },
  error: {
    kind: 'error',
    reason: 'REGISTRY_TIMEOUT',
    transient: true,
    retryAfterSeconds: 3,
    ...COMMON,
  },
};

const ROWS: readonly (readonly [kinds: readonly Verdict['kind'][], expected: string])[] = [
  [[], 'none'],
  [['pass'], 'pass'],
  [['pass', 'pass', 'pass'], 'pass'],
  [['fail'], 'refused'],
  [['pass', 'fail'], 'refused'],
  [['pass', 'skip'], 'refused'],
  [['skip', 'pass'], 'refused'],
  [['error', 'pass'], 'error'],
  [['pass', 'error', 'pass'], 'error'],
  [['pass', 'error', 'fail'], 'refused'],
];

for (const [kinds, expected] of ROWS)
  test(`manifests that come to [${kinds.join(', ')}] come to ${expected}`, async () => {
    const list = children(kinds.length);
    const verdict = await judgePlatforms(image, list, async ({ digest }) => {
      const at = list.findIndex((child) => child.digest === digest);
      return Promise.resolve(VERDICTS[kinds[at] ?? 'fail']);
    });
    assert.equal(verdict.kind, expected, JSON.stringify(verdict));
    if (verdict.kind === 'pass' || verdict.kind === 'error')
      assert.equal(verdict.digest, image.digest, 'the index stays what is pinned');
  });

test('one manifest is judged first, the others by fours', async () => {
  const log: number[] = [];
  let running = 0;
  const verdict = await judgePlatforms(image, children(12), async () => {
    running += 1;
    log.push(running);
    await setImmediate();
    running -= 1;
    return VERDICTS.pass;
  });
  assert.equal(verdict.kind, 'pass');
  assert.deepEqual(log.slice(0, 2), [1, 1]);
  assert.equal(Math.max(...log), 4);
  assert.equal(log.length, 12);
});

test('where the first manifest is refused no other is looked at', async () => {
  let calls = 0;
  await judgePlatforms(image, children(12), async () => {
    calls += 1;
    return Promise.resolve(VERDICTS.fail);
  });
  assert.equal(calls, 1);
});

test('an index with 33 manifests is refused without a look at any, one with 32 is not', async () => {
  let calls = 0;
  const judge = async (): Promise<Verdict> => {
    calls += 1;
    return Promise.resolve(VERDICTS.pass);
  };
  assert.equal((await judgePlatforms(image, children(33), judge)).kind, 'refused');
  assert.equal(calls, 0);
  assert.equal((await judgePlatforms(image, children(32), judge)).kind, 'pass');
  assert.equal(calls, 32);
});

test('facts name the manifest, and conditions get the attestations of every manifest apart', async () => {
  const [first, second] = children(2);
  assert.ok(first && second);
  const verdict = await judgePlatforms(image, [first, second], async ({ digest }) =>
    Promise.resolve({
      kind: 'pass',
      message: '',
      digest,
      signatures: [FACT],
      attestations: [[attestedOf(digest)]],
    }),
  );
  assert.equal(verdict.kind, 'pass');
  assert.deepEqual(verdict.signatures, [
    { ...FACT, manifest: first },
    { ...FACT, manifest: second },
  ]);
  assert.deepEqual(
    verdict.attestations,
    [first, second].map(({ digest }) => [attestedOf(digest)]),
  );
});

test('a refused index keeps its own words and gets those about its manifests', () => {
  const refusal = {
    ...COMMON,
    kind: 'fail',
    reason: 'NO_SIGNATURES',
    details: ['found: x'],
  } as const;
  assert.equal(concludePlatforms(refusal, { kind: 'none' }), refusal);
  assert.deepEqual(concludePlatforms(refusal, { kind: 'refused', why: 'y' }), {
    ...refusal,
    details: ['found: x', 'the index is not signed as wanted: y'],
  });
});
