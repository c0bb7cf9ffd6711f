import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sha256Digest } from '#shared/base/digest.ts';
import { verifyNotation } from '#shared/notation/verify-notation.ts';
import {
  ENVELOPE_TYPES,
  type EnvelopeFormat,
  SIGNING_TIME,
  TARGET,
} from '#test/support/notation/notation-signer.ts';
import { NOW, requestFor, type StatementOptions } from '#test/support/notation/notation-world.ts';
import type { MadeCertificate } from '#test/support/notation/certificate-maker.ts';

/** What `test/tools/notation-sign/make-fixtures.ts` wrote: envelopes signed by notation-core-go. */
interface Fixture {
  readonly root: string;
  readonly timestampRoot: string;
  readonly target: typeof TARGET;
  readonly envelopes: readonly {
    readonly name: string;
    readonly format: EnvelopeFormat;
    /** Base64. */
    readonly envelope: string;
  }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('fixture/notation-go.json', import.meta.url), 'utf8'),
) as Fixture;

const ca = { pem: fixture.root } as MadeCertificate;
const tsa = { pem: fixture.timestampRoot } as MadeCertificate;

const POLICIES: ReadonlyMap<string, StatementOptions> = new Map([
  ['timestamp', { ca, tsa }],
  ['signing authority', { signingAuthority: ca }],
]);

const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ['rsa-2048', 'PS256'],
  ['rsa-3072', 'PS384'],
  ['rsa-4096', 'PS512'],
  ['p256', 'ES256'],
  ['p384', 'ES384'],
  ['p521', 'ES512'],
]);

test('the fixture holds every algorithm, a timestamp and a signing authority in both formats', () => {
  assert.equal(fixture.envelopes.length, 2 * (ALGORITHMS.size + POLICIES.size));
});

for (const { name, format, envelope } of fixture.envelopes) {
  const source = {
    place: 'referrers-api',
    repository: 'registry.test/app',
    manifestDigest: sha256Digest(''),
  } as const;
  const bytes = Buffer.from(envelope, 'base64');
  const signature = { envelopeType: ENVELOPE_TYPES[format], envelope: bytes, source };
  const policy = POLICIES.get(name) ?? { ca };

  test(`verifyNotation() accepts what notation-core-go signed: ${format}, ${name}`, async () => {
    const verdict = await verifyNotation([signature], requestFor(policy, { now: SIGNING_TIME }));
    assert.equal(verdict.kind, 'judged');
    const outcome = verdict.signatures[0]?.outcome;
    assert.equal(outcome?.kind, 'accepted', JSON.stringify(outcome));
    assert.equal(outcome.facts.algorithm, ALGORITHMS.get(name) ?? 'ES256');
    assert.equal(outcome.facts.signingTime, SIGNING_TIME);
    assert.equal(outcome.facts.signingAgent, 'notation-sign/1');
    assert.deepEqual(outcome.facts.metadata, { build: '7' });
    if (name === 'timestamp')
      assert.deepEqual(outcome.facts.timestamp, {
        from: SIGNING_TIME - 1000,
        to: SIGNING_TIME + 1000,
        authority: 'CN=Test timestamps',
      });
  });

  test(`verifyNotation() refuses it for another image: ${format}, ${name}`, async () => {
    const target = { ...TARGET, digest: sha256Digest('another') };
    const verdict = await verifyNotation([signature], requestFor(policy, { target, now: NOW }));
    assert.equal(verdict.kind, 'judged');
    const outcome = verdict.signatures[0]?.outcome;
    assert.equal(outcome?.kind, 'refused');
    assert.equal(outcome.failure.reason, 'WRONG_TARGET');
  });
}
