import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttestorSet, KeyAttestor, LogRequirement } from '#shared/policy/model.ts';
import type { SignedEntity } from '#shared/signature/signed-entity.ts';
import { parsePublicKeys, type PublicKey } from '#shared/trust/public-key.ts';
import { evaluateAttestors } from '#shared/verification/evaluate-attestors.ts';
import type { AttestorOutcome } from '#shared/verification/evidence.ts';
import { EvidenceCache } from '#shared/verification/evidence-cache.ts';
import { generateSignerKey, KEY_TYPES, type SignerKey } from '#test/support/signer/key-pair.ts';
import { bundleEntity, simpleEntity, subjectOf } from '#test/support/signer/signed-entities.ts';

const subject = subjectOf('image');
const other = subjectOf('another image');
const key = generateSignerKey();
const second = generateSignerKey();
const stranger = generateSignerKey();

function publicKey(signer: SignerKey): PublicKey {
  const [parsed] = parsePublicKeys(signer.publicKeyPem);
  assert.ok(parsed);
  return parsed;
}

const IGNORED: LogRequirement = { kind: 'ignored' };

function attestor(signer: SignerKey, more: Partial<KeyAttestor> = {}): KeyAttestor {
  return {
    kind: 'key',
    path: 'rule.attestors[0].entries[0].keys',
    key: publicKey(signer),
    log: IGNORED,
    annotations: {},
    repository: undefined,
    ...more,
  };
}

function setOf(count: AttestorSet['count'], ...entries: AttestorSet['entries']): AttestorSet {
  return { path: 'rule.attestors[0]', count, entries };
}

function evaluate(
  set: AttestorSet,
  entities: readonly SignedEntity[],
  formats: 'any' | 'bundle' = 'any',
): AttestorOutcome {
  return evaluateAttestors(set, {
    digest: subject.digest,
    formats,
    signaturesIn: () => ({ entities, oddities: [], problems: [] }),
    cache: new EvidenceCache(),
    purpose: { kind: 'signature', acceptsAnyStatement: false },
    trustRoot: () => undefined,
    now: Date.now(),
  });
}

for (const type of KEY_TYPES) {
  const signer = generateSignerKey(type);
  test(`evaluateAttestors() accepts a ${type} signature in both formats, and no other key`, () => {
    for (const entity of [simpleEntity(subject, signer), bundleEntity(subject, signer)]) {
      assert.equal(evaluate(setOf(1, attestor(signer)), [entity]).kind, 'satisfied');
      assert.equal(evaluate(setOf(1, attestor(stranger)), [entity]).kind, 'unsatisfied');
    }
  });
}

test('evaluateAttestors() accepts SHA-256 by a P-384 key, which older cosign wrote', () => {
  const signer = generateSignerKey('ecdsa-p384');
  const entity = simpleEntity(subject, signer, { hash: 'sha256' });
  assert.equal(evaluate(setOf(1, attestor(signer)), [entity]).kind, 'satisfied');
  const sha512 = { ...publicKey(signer), hash: 'sha512' as const };
  assert.equal(
    evaluate(setOf(1, attestor(signer, { key: sha512 })), [entity]).kind,
    'unsatisfied',
    'the policy names another hash',
  );
});

/** Every way in which one signature can fail to satisfy one key. */
const FAILURES: readonly [
  what: string,
  entities: readonly SignedEntity[],
  more: Partial<KeyAttestor>,
  reason: string,
  message: RegExp,
][] = [
  ['no signature at all', [], {}, 'NO_SIGNATURES', /^no signatures found$/],
  [
    'a signature by another key',
    [simpleEntity(subject, stranger)],
    {},
    'NO_MATCHING_SIGNATURE',
    /was not made by key [0-9a-f]{16}/,
  ],
  [
    'a bundle by another key',
    [bundleEntity(subject, stranger)],
    {},
    'NO_MATCHING_SIGNATURE',
    /was not made by key/,
  ],
  [
    'MNH-02 a signature of another digest',
    [simpleEntity(subject, key, { payloadDigest: other.digest })],
    {},
    'WRONG_DIGEST',
    /signature is for sha256:/,
  ],
  [
    'MNH-02 a bundle of another digest',
    [bundleEntity(subject, key, { subjectDigest: other.digest })],
    {},
    'WRONG_DIGEST',
    /signature is for sha256:/,
  ],
  [
    'a payload of another type',
    [simpleEntity(subject, key, { payloadType: 'something else' })],
    {},
    'NO_MATCHING_SIGNATURE',
    /payload type "something else"/,
  ],
  [
    'MNH-15 an attestation by the right key',
    [bundleEntity(subject, key, { predicateType: 'https://slsa.dev/provenance/v1' })],
    {},
    'FORMAT_NOT_READ',
    /is an attestation of type https:\/\/slsa.dev/,
  ],
  [
    'a DSSE payload of another type',
    [bundleEntity(subject, key, { payloadType: 'text/plain' })],
    {},
    'FORMAT_NOT_READ',
    /payload type "text\/plain"/,
  ],
  [
    'missing annotations',
    [simpleEntity(subject, key)],
    { annotations: { env: 'prod' } },
    'ANNOTATION_MISMATCH',
    /lacks the required annotations env=prod/,
  ],
  [
    'annotations with another value',
    [bundleEntity(subject, key, { annotations: { env: 'dev' } })],
    { annotations: { env: 'prod' } },
    'ANNOTATION_MISMATCH',
    /env=prod/,
  ],
  [
    'no log entry where one is required',
    [simpleEntity(subject, key)],
    { log: { kind: 'required', url: 'https://rekor.test', publicKeys: [publicKey(stranger)] } },
    'NO_LOG_ENTRY',
    /has no transparency log entry/,
  ],
  [
    'a log requirement while no trust root could be had',
    [simpleEntity(subject, key)],
    { log: { kind: 'required', url: 'https://rekor.sigstore.dev', publicKeys: [] } },
    'TRUST_ROOT_UNAVAILABLE',
    /the trust root with the transparency logs is not available yet/,
  ],
];

for (const [what, entities, more, reason, message] of FAILURES) {
  test(`evaluateAttestors() refuses ${what} with ${reason}`, () => {
    const outcome = evaluate(setOf(1, attestor(key, more)), entities);
    assert.equal(outcome.kind, 'unsatisfied');
    const [failure] = outcome.failures;
    assert.equal(failure?.reason, reason);
    assert.match(failure.message, message);
    assert.equal(failure.path, 'rule.attestors[0].entries[0].keys');
  });
}

test('evaluateAttestors() accepts annotations that the signature holds', () => {
  for (const entity of [
    simpleEntity(subject, key, { annotations: { env: 'prod', more: '1' } }),
    bundleEntity(subject, key, { annotations: { env: 'prod' } }),
  ]) {
    assert.equal(
      evaluate(setOf(1, attestor(key, { annotations: { env: 'prod' } })), [entity]).kind,
      'satisfied',
    );
  }
});

test('evaluateAttestors() reads bundles only where the policy says so, and tells what it passed over', () => {
  assert.equal(
    evaluate(setOf(1, attestor(key)), [bundleEntity(subject, key)], 'bundle').kind,
    'satisfied',
  );
  const outcome = evaluate(setOf(1, attestor(key)), [simpleEntity(subject, key)], 'bundle');
  assert.equal(outcome.kind, 'unsatisfied');
  assert.equal(outcome.failures[0]?.reason, 'FORMAT_NOT_READ');
});

test('MNH-26 evaluateAttestors() finds the good signature among foreign and broken ones', () => {
  const broken = {
    ...simpleEntity(subject, key),
    payload: Buffer.from('{'),
    signature: Buffer.from('x'),
  };
  const entities = [
    broken,
    simpleEntity(other, key),
    simpleEntity(subject, stranger),
    bundleEntity(subject, key),
  ];
  assert.equal(evaluate(setOf(1, attestor(key)), entities).kind, 'satisfied');
});

const one = simpleEntity(subject, key);
const two = simpleEntity(subject, second);
const nested = (
  count: number,
  ...entries: AttestorSet['entries']
): AttestorSet['entries'][number] => ({
  kind: 'nested',
  path: 'nested',
  set: setOf(count, ...entries),
});

const COUNTS: readonly [
  what: string,
  set: AttestorSet,
  entities: readonly SignedEntity[],
  satisfied: boolean,
][] = [
  ['one of two keys', setOf(1, attestor(key), attestor(second)), [two], true],
  ['two of two keys', setOf(2, attestor(key), attestor(second)), [one, two], true],
  ['two of two keys with one signature', setOf(2, attestor(key), attestor(second)), [one], false],
  ['MNH-09 two of one key listed twice', setOf(2, attestor(key), attestor(key)), [one, one], false],
  [
    'MNH-09 two of one key, directly and nested',
    setOf(2, attestor(key), nested(1, attestor(key))),
    [one, two],
    false,
  ],
  [
    'a nested set and a key',
    setOf(2, attestor(key), nested(1, attestor(second), attestor(stranger))),
    [one, two],
    true,
  ],
  [
    'a nested set that lacks a signer',
    setOf(1, nested(2, attestor(key), attestor(second))),
    [one],
    false,
  ],
  ['all of one key listed twice', setOf('all', attestor(key), attestor(key)), [one], true],
  [
    'all of two keys with one signature',
    setOf('all', attestor(key), attestor(second)),
    [one],
    false,
  ],
  [
    'all of one key with other annotations',
    setOf('all', attestor(key), attestor(key, { annotations: { env: 'prod' } })),
    [one],
    false,
  ],
  ['MNH-05 a set without entries', setOf(0), [one], false],
  ['MNH-05 all of a set without entries', setOf('all'), [one], false],
  ['MNH-05 a count of zero', setOf(0, attestor(key)), [one], false],
];

for (const [what, set, entities, satisfied] of COUNTS) {
  test(`evaluateAttestors() ${satisfied ? 'accepts' : 'refuses'} ${what}`, () => {
    assert.equal(evaluate(set, entities).kind, satisfied ? 'satisfied' : 'unsatisfied');
  });
}

test('evaluateAttestors() verifies a flipped bit nowhere: payload, signature, envelope', () => {
  for (const entity of [simpleEntity(subject, key), bundleEntity(subject, key)]) {
    for (const field of ['payload', 'signature'] as const) {
      const bytes = Buffer.from(entity[field]);
      for (let index = 0; index < bytes.length; index += 7) {
        const flipped = Buffer.from(bytes);
        flipped[index] = (flipped[index] ?? 0) ^ 1;
        assert.equal(
          evaluate(setOf(1, attestor(key)), [{ ...entity, [field]: flipped }]).kind,
          'unsatisfied',
          `${entity.format} ${field} byte ${index}`,
        );
      }
    }
  }
});

test('EvidenceCache answers per key and per digest (MNH-19)', () => {
  const cache = new EvidenceCache();
  const item = cache.of(one, subject.digest);
  assert.equal(cache.of(one, subject.digest), item);
  assert.equal(cache.of(one, other.digest).claims.kind, 'unfit');
  const { claims } = cache.of(one, subject.digest);
  assert.equal(claims.kind, 'claims');
  assert.equal(item.isSignedBy(claims.signedBytes, publicKey(key)), true);
  assert.equal(item.isSignedBy(claims.signedBytes, publicKey(second)), false);
  assert.equal(item.isSignedBy(claims.signedBytes, { ...publicKey(key), hash: 'sha512' }), false);
});
