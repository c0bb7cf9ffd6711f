import { writeFileSync } from 'node:fs';
import {
  type MadeCertificate,
  makeIntermediate,
  makeRoot,
  makeSigner,
  type TestKeyType,
} from '#test/support/notation/certificate-maker.ts';
import {
  ENVELOPE_TYPES,
  type EnvelopeFormat,
  FORMATS,
  SIGNING_TIME,
  TARGET,
} from '#test/support/notation/notation-signer.ts';
import { makeTimestampSigner } from '#test/support/notation/timestamp-authority.ts';
import { GoNotation, type GoRequest } from './go-notation.ts';

/**
 * Writes envelopes that notation-core-go signed, for tests that must not need Go.
 * Usage: node test/tools/notation-sign/make-fixtures.ts PROGRAM FILE
 */
const [, , program = '', file = ''] = process.argv;

const root = makeRoot();
const intermediate = makeIntermediate(root);
const timestampRoot = makeRoot({ subject: [['CN', 'Timestamp root']] });
const authority = [makeTimestampSigner(timestampRoot), timestampRoot];

const KEYS: readonly TestKeyType[] = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'p256', 'p384', 'p521'];

const iso = (time: number): string => new Date(time).toISOString();
const pem = (chain: readonly MadeCertificate[]): string => chain.map(({ pem }) => pem).join('');

function request(format: EnvelopeFormat, leaf: MadeCertificate, more: object): GoRequest {
  return {
    op: 'sign',
    format: ENVELOPE_TYPES[format],
    key: leaf.keyPem,
    chain: pem([leaf, intermediate, root]),
    target: { ...TARGET, annotations: { build: '7' } },
    scheme: 'notary.x509',
    signingTime: iso(SIGNING_TIME),
    ...more,
  };
}

const cases = [
  ...KEYS.map((keyType) => ({ name: keyType, keyType, more: {} })),
  {
    name: 'timestamp',
    keyType: 'p256' as const,
    more: { tsa: { key: authority[0]?.keyPem, chain: pem(authority) } },
  },
  {
    name: 'signing authority',
    keyType: 'p256' as const,
    more: { scheme: 'notary.x509.signingAuthority', expiry: iso(SIGNING_TIME + 60_000) },
  },
];

const go = new GoNotation(program);
const envelopes = [];
for (const format of FORMATS)
  for (const { name, keyType, more } of cases) {
    const leaf = makeSigner(intermediate, { keyType });
    const { envelope, error } = await go.ask(request(format, leaf, more));
    if (envelope === undefined) throw new Error(`${format} ${name}: ${error}`);
    envelopes.push({ name, format, envelope });
  }
go.stop();
const document = { root: root.pem, timestampRoot: timestampRoot.pem, target: TARGET, envelopes };
writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
