import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { needsTrustRoot } from '#shared/policy/needs-trust-root.ts';
import { makeRoot } from '#test/support/notation/certificate-maker.ts';
import { entry, KEY, newKey, policyDocument, readUsable, rule } from './sample-policy.ts';

const WAIVED = { rekor: { ignoreTlog: true } };
const KEYLESS = { keyless: { subject: 'a', issuer: 'b' } };

const CASES: readonly (readonly [string, JsonObject, JsonObject, boolean])[] = [
  ['a key without a log', { keys: { publicKeys: KEY, ...WAIVED } }, {}, false],
  ['a key with a log', { keys: { publicKeys: KEY } }, {}, true],
  [
    'a key with the key of a log',
    { keys: { publicKeys: KEY, rekor: { pubkey: newKey() } } },
    {},
    false,
  ],
  ['a key elsewhere without a log', { keys: { kms: 'awskms:///a', ...WAIVED } }, {}, false],
  ['an identity', KEYLESS, {}, true],
  ['an identity in a set in a set', { attestor: { entries: [KEYLESS] } }, {}, true],
  ['Notary', { certificates: { cert: makeRoot().pem } }, { type: 'Notary' }, false],
  [
    'an identity of an attestation',
    { keys: { publicKeys: KEY, ...WAIVED } },
    { attestations: [{ type: 'x', attestors: [{ entries: [KEYLESS] }] }] },
    true,
  ],
];

for (const [name, attestor, more, expected] of CASES) {
  test(`needsTrustRoot(): ${name} ${expected ? 'does' : 'does not'}`, () => {
    const attestors = [{ entries: [attestor] }];
    const policy = policyDocument([rule({ verifyImages: [entry({ attestors, ...more })] })]);
    assert.equal(needsTrustRoot(readUsable(policy)), expected);
  });
}

test('needsTrustRoot(): a policy without verifyImages does not', () => {
  const pattern = { spec: { containers: [{ image: '*@*' }] } };
  const policy = policyDocument([rule({ verifyImages: undefined, validate: { pattern } })]);
  assert.equal(needsTrustRoot(readUsable(policy)), false);
});
