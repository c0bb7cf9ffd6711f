import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import { pod, requestFor } from '../../support/admission/objects.ts';
import { entry, keySet, policyDocument, readUsable, rule } from '../policy/sample-policy.ts';

const TAG = 'registry.example/app:1';
const DIGEST = `${TAG}@sha256:${'a'.repeat(64)}`;

/** An entry that neither verifies nor pins. */
function bare(changes: JsonObject = {}): JsonObject {
  return entry({
    attestors: undefined,
    mutateDigest: false,
    verifyDigest: false,
    required: false,
    ...changes,
  });
}

async function decide(entries: readonly JsonObject[], image: string): Promise<Decision> {
  const admit = createAdmit({
    clock: { now: () => Date.UTC(2026, 0, 1) },
    openRegistry: async () => Promise.reject(new RegistryError('UNREACHABLE', 'registry down')),
  });
  const policy = readUsable(policyDocument([rule({ verifyImages: entries })]));
  return admit(requestFor(pod([image])), { policies: [policy], stage: 'validate', pin: 'pods' });
}

/** Entries, the image, what is decided while no registry answers, and what records say. */
const CASES: readonly (readonly [
  string,
  readonly JsonObject[],
  string,
  Decision['outcome'],
  RegExp,
])[] = [
  [
    'a tag is no digest',
    [bare({ verifyDigest: true })],
    TAG,
    'denied',
    /fail missing digest for registry\.example\/app:1/,
  ],
  [
    'a digest is one',
    [bare({ verifyDigest: true })],
    DIGEST,
    'admitted',
    /^skip no attestors are configured/,
  ],
  [
    'nothing verifies what has to be',
    [bare({ required: true })],
    TAG,
    'denied',
    /fail unverified image registry\.example\/app:1/,
  ],
  [
    'nothing verifies what has to be, not even by digest',
    [bare({ required: true, verifyDigest: true })],
    DIGEST,
    'denied',
    /fail unverified image registry\.example\/app:1@/,
  ],
  [
    'skipImageReferences excuse no tag',
    [bare({ verifyDigest: true, skipImageReferences: ['registry.example/*'] })],
    TAG,
    'denied',
    /skipImageReferences exempts[^]*fail missing digest/,
  ],
  [
    'skipImageReferences of an entry that verifies nothing excuse nothing',
    [bare({ required: true, skipImageReferences: ['registry.example/*'] })],
    TAG,
    'denied',
    /fail unverified image/,
  ],
  ['an entry that wants nothing', [bare()], TAG, 'admitted', /^skip no attestors are configured/],
  [
    'an entry that pins needs the registry',
    [bare({ verifyDigest: true, mutateDigest: true })],
    TAG,
    'unknown',
    /^error could not find out/,
  ],
  [
    'an entry that verifies needs the registry',
    [bare({ attestors: [keySet()] })],
    TAG,
    'unknown',
    /^error could not find out/,
  ],
  [
    'what another entry of the rule may verify is not known to be unverified',
    [bare({ required: true }), bare({ attestors: [keySet()] })],
    DIGEST,
    'unknown',
    /error could not find out/,
  ],
  [
    'what another entry may pin is not known to be without a digest',
    [bare({ verifyDigest: true }), entry()],
    TAG,
    'unknown',
    /error could not find out/,
  ],
];

for (const [what, entries, image, outcome, said] of CASES) {
  test(`offline entries: ${what} (${outcome})`, async () => {
    const decision = await decide(entries, image);
    const lines = decision.records.map(({ verdict }) => `${verdict.kind} ${verdict.message}`);
    assert.match(lines.join('\n'), said);
    assert.equal(decision.outcome, outcome);
    assert.equal(decision.allowed, outcome === 'admitted');
  });
}
