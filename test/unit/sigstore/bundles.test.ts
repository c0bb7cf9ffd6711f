import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Digest } from '#shared/base/digest.ts';
import {
  type BundleJson,
  type BundleVersion,
  messageBundle,
  statementBundle,
} from '#test/support/sigstore/bundle.ts';
import type { LeafOptions } from '#test/support/sigstore/fulcio.ts';
import { judge } from '#test/support/sigstore/judge.ts';
import type { LogStep, StampStep } from '#test/support/sigstore/logged-signature.ts';
import type { KeyType } from '#test/support/sigstore/signing-key.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';

const sigstore = createVirtualSigstore();
const { rekor, rekorV2, tsa, time: at } = sigstore;
const root = sigstore.trustedRoot();
const digest = sha256Digest('image');

const WITNESSED: readonly {
  readonly name: string;
  readonly version: BundleVersion;
  readonly logs: readonly LogStep[];
  readonly timestamps?: readonly StampStep[];
  readonly tlogThreshold?: number;
}[] = [
  { name: 'v0.1, promise only', version: '0.1', logs: [rekor.entry({ form: 'promise' })] },
  { name: 'v0.1, promise and proof', version: '0.1', logs: [rekor.entry()] },
  { name: 'v0.2, promise and proof', version: '0.2', logs: [rekor.entry()] },
  { name: 'v0.3, promise and proof', version: '0.3', logs: [rekor.entry()] },
  {
    name: 'v0.3, proof and TSA',
    version: '0.3',
    logs: [rekor.entry({ form: 'proof' })],
    timestamps: [tsa.stamp()],
  },
  { name: 'v0.3, intoto 0.0.2', version: '0.3', logs: [rekor.entry({ kind: 'intoto-0.0.2' })] },
  { name: 'v0.3, Rekor v2', version: '0.3', logs: [rekorV2.entry()], timestamps: [tsa.stamp()] },
  {
    name: 'v0.3, Rekor v2, dsse, witnessed',
    version: '0.3',
    logs: [
      rekorV2.entry({
        kind: 'dsse',
        witnesses: [{ name: 'witness.test', key: keySigner('ed25519').key }],
        witnessesFirst: true,
      }),
    ],
    timestamps: [tsa.stamp({ embed: 'chain' })],
  },
  { name: 'v0.3, both logs', version: '0.3', logs: [rekor.entry(), rekorV2.entry()] },
  {
    name: 'v0.3, TSA only',
    version: '0.3',
    logs: [],
    timestamps: [tsa.stamp({ fraction: '250' })],
    tlogThreshold: 0,
  },
];

for (const { name, version, logs, timestamps = [], tlogThreshold = 1 } of WITNESSED) {
  test(`virtual sigstore: another verifier accepts a keyless bundle, ${name}`, () => {
    const signer = sigstore.keyless();
    const bundle = statementBundle(digest, { signer, at, version, logs, timestamps });
    assert.equal(judge(bundle, root, { tlogThreshold }), undefined);
  });
}

const KEY_TYPES: readonly KeyType[] = ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa-2048'];

for (const type of KEY_TYPES) {
  test(`virtual sigstore: another verifier accepts a message bundle by a key ${type}`, () => {
    const signer = keySigner(type);
    const artifact = Buffer.from('artifact');
    const bundle = messageBundle(artifact, { signer, at, logs: [rekor.entry()] });
    assert.equal(judge(bundle, root, { artifact, key: signer.key }), undefined);
  });
}

const WRONG_LEAVES: readonly {
  readonly name: string;
  readonly leaf: LeafOptions;
  readonly reason: RegExp;
}[] = [
  {
    name: 'expired before the signature',
    leaf: { notBefore: new Date('2024-05-01'), notAfter: new Date('2024-05-02') },
    reason: /not valid or expired/,
  },
  {
    name: 'not yet valid',
    leaf: { notBefore: new Date('2024-07-01'), notAfter: new Date('2024-07-02') },
    reason: /not valid or expired/,
  },
  { name: 'no SCT', leaf: { sct: 'none' }, reason: /expected 1 SCTs, got 0/ },
  { name: 'empty SCT list', leaf: { sct: 'empty-list' }, reason: /expected 1 SCTs, got 0/ },
  { name: 'SCT of an unknown log', leaf: { sct: 'unknown-log' }, reason: /SCT verification/ },
  { name: 'forged SCT', leaf: { sct: 'forged' }, reason: /SCT verification/ },
  { name: 'SCT of another leaf', leaf: { sct: 'other-certificate' }, reason: /SCT verification/ },
  { name: 'truncated SCT', leaf: { sct: 'truncated' }, reason: /./ },
];

for (const { name, leaf, reason } of WRONG_LEAVES) {
  test(`virtual sigstore: another verifier refuses a certificate, ${name}`, () => {
    const signer = sigstore.keyless(leaf);
    const bundle = statementBundle(digest, { signer, at, logs: [rekor.entry()] });
    assert.match(judge(bundle, root) ?? 'verified', reason);
  });
}

for (const sct of ['two-logs', 'with-extensions'] as const) {
  test(`virtual sigstore: another verifier accepts SCTs, ${sct}`, () => {
    const signer = sigstore.keyless({ sct });
    const bundle = statementBundle(digest, { signer, at, logs: [rekor.entry()] });
    assert.equal(judge(bundle, root), undefined);
  });
}

test('virtual sigstore: another world is not trusted', () => {
  const bundle = statementBundle(digest, { signer: sigstore.keyless(), at, logs: [rekor.entry()] });
  const foreign = createVirtualSigstore().trustedRoot();
  assert.match(judge(bundle, foreign) ?? 'verified', /Failed to verify certificate chain/);
});

const WRONG_STAMPS: readonly { readonly name: string; readonly step: StampStep }[] = [
  { name: 'over other bytes', step: tsa.stamp({ over: Buffer.from('other') }) },
  { name: 'by a key that is not the authority’s', step: tsa.stamp({ wrongKey: true }) },
  { name: 'of another content type', step: tsa.stamp({ contentType: '1.2.840.113549.1.7.1' }) },
];

for (const { name, step } of WRONG_STAMPS) {
  test(`virtual sigstore: another verifier refuses a timestamp ${name}`, () => {
    const bundle: BundleJson = statementBundle(digest, {
      signer: sigstore.keyless(),
      at,
      logs: [rekorV2.entry()],
      timestamps: [step],
    });
    assert.match(judge(bundle, root) ?? 'verified', /timestamp could not be verified/);
  });
}
