import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject, type JsonObject, type JsonValue } from '#shared/base/json-value.ts';
import type { VerifyImagesEntry } from '#shared/policy/model.ts';
import { makeRoot } from '#test/support/notation/certificate-maker.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { entry, KEY, policyDocument, read, rule } from './sample-policy.ts';

const { pem } = createVirtualSigstore();
const rekor = { url: 'https://rekor.example', pubkey: pem.rekor, ignoreTlog: false };
const ctlog = { pubkey: pem.ctLog, tsaCertChain: pem.tsaChain, ignoreSCT: false };
const keyless = {
  subject: 'a',
  subjectRegExp: '^a$',
  issuer: 'b',
  issuerRegExp: '^b$',
  roots: pem.fulcioChain,
  additionalExtensions: { githubWorkflowRef: 'c' },
  rekor,
  ctlog,
};
const certificates = { cert: pem.tsaRoot, certChain: pem.fulcioChain, rekor, ctlog };
const attestation = {
  type: 'https://slsa.dev/provenance/v1',
  name: 'n',
  attestors: [{ count: 1, entries: [{ keyless }] }],
  conditions: [],
};

/** Complete entries; every value in them is replaced in turn. */
const WHOLE: Readonly<Record<string, JsonObject>> = {
  keyless: entry({ attestors: [{ entries: [{ keyless }] }] }),
  certificates: entry({ attestors: [{ entries: [{ certificates }] }] }),
  keys: entry({ attestors: [{ entries: [{ keys: { publicKeys: KEY, rekor, ctlog } }] }] }),
  secret: entry({
    attestors: [{ entries: [{ keys: { secret: { name: 'a', namespace: 'b' } } }] }],
  }),
  notary: entry({
    type: 'Notary',
    attestors: [
      { entries: [{ certificates: { cert: makeRoot().pem, certChain: makeRoot().pem } }] },
    ],
  }),
  attestations: entry({ attestors: [], attestations: [attestation] }),
  shorthand: entry({ attestors: [], subject: 'a', issuer: 'b', roots: pem.fulcioRoot }),
};

const ODD: readonly JsonValue[] = [
  null,
  0,
  true,
  '',
  ' ',
  '\u0000',
  '(',
  '{{ x }}',
  'a'.repeat(5000) + '*',
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  [],
  [null],
  {},
  JSON.parse('{"__proto__": {"a": 1}, "constructor": "b"}') as JsonObject,
];

/** Every copy of `value` in which one thing is `odd`. */
function* replaced(value: JsonValue, odd: JsonValue): Generator<JsonValue> {
  yield odd;
  if (Array.isArray(value)) {
    for (const [index, item] of (value as JsonValue[]).entries())
      for (const changed of replaced(item, odd)) yield value.with(index, changed) as JsonValue;
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value))
      for (const changed of replaced(item ?? null, odd)) yield { ...value, [key]: changed };
  }
}

function assertGuarded({ attestors, attestations = [], required }: VerifyImagesEntry): void {
  const sets = [...attestors, ...attestations.flatMap((one) => one.attestors)];
  assert.ok(
    sets.length > 0 || required,
    'an entry without attestors came out that asks for nothing',
  );
  assert.ok(
    sets.every(({ entries }) => entries.length > 0),
    'an empty set came out',
  );
}

for (const [name, whole] of Object.entries(WHOLE)) {
  test(`MNH-06 no odd value in ${name} makes reading throw, nor a rule that lost its attestors`, () => {
    for (const odd of ODD)
      for (const changed of replaced(whole, odd)) {
        const { policy } = read(policyDocument([rule({ verifyImages: [changed] })]));
        const [own] = policy?.rules ?? [];
        if (own?.kind === 'verify-images' && own.template === undefined)
          own.entries.forEach(assertGuarded);
      }
  });
}
