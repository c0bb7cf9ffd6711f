import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attestor } from '#shared/policy/model.ts';
import { type Certificate, parseCertificate } from '#shared/trust/certificate.ts';
import { authoritiesFromPem } from '#shared/trust/pem-trust.ts';
import { textMatcher } from '#shared/trust/text-matcher.ts';
import { messageBundle, statementBundle } from '#test/support/sigstore/bundle.ts';
import { KEY_PURPOSE } from '#test/support/sigstore/extensions.ts';
import type { LeafOptions } from '#test/support/sigstore/fulcio.ts';
import { legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import type { HashName, KeyType, SigningKeyOptions } from '#test/support/sigstore/signing-key.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { attach, createImage } from '#test/support/tampering/discovered.ts';
import {
  MUCH_LATER,
  certificateAttestor,
  judgeImage,
  keyAttestor,
} from '#test/support/tampering/judge-image.ts';

/** A company's own authority: two intermediates, long-lived certificates, no logs. */
const pki = createVirtualSigstore({
  fulcio: { organization: 'acme pki', intermediates: [{}, {}] },
});
const foreign = createVirtualSigstore();
const { time: at, tsa } = pki;
const LONG = { notBefore: new Date('2023-01-01'), notAfter: new Date('2030-01-01') };
const OFF = { kind: 'ignored' } as const;

const roots = authoritiesFromPem(pki.pem.fulcioRoot);
const whole = authoritiesFromPem(pki.pem.fulcioChain);
const leafOf = (options: LeafOptions) => pki.keyless({ ...LONG, sct: 'none', ...options });
const signer = leafOf({});
const sibling = leafOf({});

function parsed(der: Buffer): Certificate {
  const certificate = parseCertificate(der);
  if (typeof certificate === 'string') throw new TypeError(certificate);
  return certificate;
}

interface Case {
  readonly what: string;
  readonly verdict: string;
  readonly attestor: Parameters<typeof certificateAttestor>[0];
  readonly signer?: ReturnType<typeof leafOf>;
  readonly withChain?: boolean;
  readonly stamped?: boolean;
  readonly now?: Date;
}

const CASES: readonly Case[] = [
  {
    what: 'below the root of the policy, its intermediates in the bundle',
    attestor: { authorities: roots },
    withChain: true,
    verdict: 'satisfied',
  },
  {
    what: 'below the root of the policy, its intermediates nowhere',
    attestor: { authorities: roots },
    verdict: 'CERTIFICATE_UNTRUSTED',
  },
  {
    what: 'below the chain of the policy',
    attestor: { authorities: whole },
    verdict: 'satisfied',
  },
  {
    what: 'of another company',
    attestor: { authorities: roots },
    signer: foreign.keyless(LONG),
    withChain: true,
    verdict: 'CERTIFICATE_UNTRUSTED',
  },
  {
    what: 'MNH-05 where the policy trusts no root',
    attestor: { authorities: [] },
    verdict: 'CERTIFICATE_UNTRUSTED',
  },
  {
    what: 'MNH-05 where the policy names neither roots nor a certificate',
    attestor: {},
    verdict: 'CERTIFICATE_UNTRUSTED',
  },
  {
    what: 'without extended key usage, as private authorities issue them',
    attestor: { authorities: whole },
    signer: leafOf({ purposes: [] }),
    verdict: 'satisfied',
  },
  {
    what: 'for TLS servers',
    attestor: { authorities: whole },
    signer: leafOf({ purposes: [KEY_PURPOSE.serverAuth] }),
    verdict: 'CERTIFICATE_USAGE',
  },
  {
    what: 'without names, where the policy asks for none',
    attestor: { authorities: whole },
    signer: leafOf({ names: [] }),
    verdict: 'satisfied',
  },
  {
    what: 'MNH-11 without names, where the policy asks for one',
    attestor: {
      authorities: whole,
      identities: [{ subjects: [textMatcher('wildcard', '*')], issuers: [], extensions: {} }],
    },
    signer: leafOf({ names: [] }),
    verdict: 'IDENTITY_MISMATCH',
  },
  {
    what: 'MNH-14 that has ended by now, with nothing that vouches for the time',
    attestor: { authorities: whole },
    now: new Date('2031-01-01'),
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'that has ended by now, stamped before',
    attestor: { authorities: whole, timestamps: { authorities: undefined, required: 1 } },
    stamped: true,
    now: new Date('2031-01-01'),
    verdict: 'satisfied',
  },
  {
    what: 'that the policy pins',
    attestor: { certificate: parsed(signer.certificate) },
    verdict: 'satisfied',
  },
  {
    what: 'that the policy pins below its chain',
    attestor: { certificate: parsed(signer.certificate), authorities: whole },
    verdict: 'satisfied',
  },
  {
    what: 'that the policy pins below another chain',
    attestor: {
      certificate: parsed(signer.certificate),
      authorities: authoritiesFromPem(foreign.pem.fulcioChain),
    },
    verdict: 'CERTIFICATE_UNTRUSTED',
  },
  {
    what: 'beside the one that the policy pins',
    attestor: { certificate: parsed(sibling.certificate), authorities: whole },
    verdict: 'SIGNATURE_INVALID',
  },
  {
    what: 'MNH-14 that the policy pins and that has ended by now',
    attestor: { certificate: parsed(signer.certificate) },
    now: new Date('2031-01-01'),
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'MNH-10 where the policy wants a log entry',
    attestor: { authorities: whole, log: { kind: 'required', url: '', publicKeys: [] } },
    verdict: 'NO_LOG_ENTRY',
  },
  {
    what: 'MNH-10 where the policy wants an SCT',
    attestor: { authorities: whole, sct: { kind: 'required', publicKeys: [] } },
    verdict: 'SCT_MISSING',
  },
];

for (const { what, verdict, attestor, now = MUCH_LATER, withChain = false, ...made } of CASES)
  test(`private PKI: a certificate ${what} is judged ${verdict}`, async () => {
    const image = createImage();
    const timestamps = made.stamped === true ? [tsa.stamp()] : [];
    const request = { signer: made.signer ?? signer, at, withChain, timestamps };
    attach(image, { kind: 'bundle', bundle: statementBundle(image.subject.digest, request) });
    const attestors: Attestor[] = [certificateAttestor({ log: OFF, sct: OFF, ...attestor })];
    const judged = await judgeImage(image, { root: pki.trustedRoot(), attestors, now });
    assert.equal(judged.verdict, verdict, judged.words);
  });

const SCHEMES: readonly {
  readonly type: KeyType;
  readonly options?: SigningKeyOptions;
  /** What the policy says, where it says so. */
  readonly hash?: HashName;
  readonly isAccepted?: false;
}[] = [
  { type: 'ecdsa-p256' },
  { type: 'ecdsa-p256', hash: 'sha256' },
  { type: 'ecdsa-p256', hash: 'sha512', isAccepted: false },
  { type: 'ecdsa-p256', options: { hash: 'sha512' }, hash: 'sha512' },
  { type: 'ecdsa-p256', options: { hash: 'sha512' }, isAccepted: false },
  { type: 'ecdsa-p384' },
  { type: 'ecdsa-p384', options: { hash: 'sha256' } },
  { type: 'ecdsa-p384', options: { hash: 'sha256' }, hash: 'sha384', isAccepted: false },
  { type: 'ecdsa-p521' },
  { type: 'ecdsa-p521', options: { hash: 'sha256' } },
  { type: 'rsa-2048' },
  { type: 'rsa-2048', options: { scheme: 'pss' } },
  { type: 'rsa-3072', options: { hash: 'sha512' }, hash: 'sha512' },
  { type: 'rsa-2048', options: { scheme: 'pss', hash: 'sha384' }, hash: 'sha384' },
  { type: 'rsa-2048', options: { hash: 'sha512' }, hash: 'sha256', isAccepted: false },
  { type: 'ed25519' },
  { type: 'ed25519', options: { scheme: 'prehashed' } },
];

for (const { type, options, hash, isAccepted = true } of SCHEMES)
  test(`keys: ${type} ${JSON.stringify(options ?? {})} under a policy of hash ${hash} is ${isAccepted ? 'accepted' : 'refused'} in every format`, async () => {
    const owner = keySigner(type, options);
    const { key } = keyAttestor(owner.key);
    const attestors = [keyAttestor(owner.key, { log: OFF, key: { ...key, hash } })];
    const formats = ['statement', 'message', 'legacy'] as const;
    for (const format of formats) {
      const image = createImage();
      const { memory, subject } = image;
      const request = { signer: owner, at };
      const repository = memory.repository(subject.repository);
      const { bytes } = await memory.registry.manifest(repository, subject.digest);
      if (format === 'legacy')
        attach(image, { kind: 'layer', layer: legacySignature(subject, request) });
      else if (format === 'statement')
        attach(image, { kind: 'bundle', bundle: statementBundle(subject.digest, request) });
      else
        attach(image, { kind: 'bundle', bundle: messageBundle(bytes ?? Buffer.alloc(0), request) });
      const { verdict, words } = await judgeImage(image, { root: pki.trustedRoot(), attestors });
      assert.equal(verdict === 'satisfied', isAccepted, `${format}: ${words}`);
    }
  });
