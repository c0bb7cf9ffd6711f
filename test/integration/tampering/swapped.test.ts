import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JsonPath, alterAt, valueAt } from '#test/support/sigstore/alter.ts';
import { type BundleJson, statementBundle } from '#test/support/sigstore/bundle.ts';
import { legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import type { Signer } from '#test/support/sigstore/signer.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { type Artifact, attach, createImage } from '#test/support/tampering/discovered.ts';
import { judgeImage, keyAttestor, keylessAttestor } from '#test/support/tampering/judge-image.ts';
import {
  type LayerDocument,
  documentLayer,
  layerDocument,
} from '#test/support/tampering/specimen.ts';

const sigstore = createVirtualSigstore();
const { rekor, rekorV2, tsa, time: at } = sigstore;
const root = sigstore.trustedRoot();
const { subject } = createImage();
const { subject: otherSubject } = createImage('another image');

/** The same identity twice, and somebody else whom the same infrastructure serves. */
const trusted = sigstore.keyless();
const again = sigstore.keyless();
const attacker = sigstore.keyless({ names: [{ kind: 'email', value: 'mallory@evil.test' }] });

function bundle(signer: Signer, { digest } = subject): BundleJson {
  const logs = [rekor.entry(), rekorV2.entry()];
  return statementBundle(digest, { signer, at, logs, timestamps: [tsa.stamp()] });
}

function layer(signer: Signer, about = subject): LayerDocument {
  return layerDocument(legacySignature(about, { signer, at, logs: [rekor.entry()] }));
}

const wanted = keylessAttestor({ timestamps: { authorities: undefined, required: 1 } });

async function verdictOf(...artifacts: readonly Artifact[]): Promise<string> {
  const image = createImage();
  attach(image, ...artifacts);
  const isLayer = artifacts[0]?.kind === 'layer';
  const attestors = [isLayer ? keylessAttestor() : wanted];
  const { verdict } = await judgeImage(image, { root, attestors });
  return verdict;
}

function graft<T>(onto: T, from: unknown, ...paths: readonly JsonPath[]): T {
  return paths.reduce((document, path) => alterAt(document, path, () => valueAt(from, path)), onto);
}

const CERTIFICATE: JsonPath = ['verificationMaterial', 'certificate'];
const ENTRIES: JsonPath = ['verificationMaterial', 'tlogEntries'];
const STAMPS: JsonPath = ['verificationMaterial', 'timestampVerificationData'];
const SIGNATURES: JsonPath = ['dsseEnvelope', 'signatures'];
const PAYLOAD: JsonPath = ['dsseEnvelope', 'payload'];

const other = bundle(again, otherSubject);
const mine = bundle(attacker);

const GRAFTED: readonly { readonly what: string; readonly made: BundleJson; code: string }[] = [
  { what: 'whole', made: bundle(trusted), code: 'satisfied' },
  { what: 'by the attacker', made: mine, code: 'IDENTITY_MISMATCH' },
  {
    what: 'by the attacker under a trusted certificate',
    made: graft(mine, bundle(trusted), CERTIFICATE),
    code: 'SIGNATURE_INVALID',
  },
  {
    what: 'by the attacker under a trusted certificate and its log entries',
    made: graft(mine, bundle(trusted), CERTIFICATE, ENTRIES),
    code: 'SIGNATURE_INVALID',
  },
  {
    what: 'about another image with this one’s payload',
    made: graft(other, bundle(trusted), PAYLOAD),
    code: 'SIGNATURE_INVALID',
  },
  {
    what: 'with a signature over another image',
    made: graft(bundle(again), other, SIGNATURES),
    code: 'SIGNATURE_INVALID',
  },
  {
    what: 'with log entries about another image',
    made: graft(bundle(again), other, ENTRIES),
    code: 'LOG_BODY_DIGEST',
  },
  {
    what: 'with log entries about another signature of the same image',
    made: graft(bundle(trusted), bundle(trusted), ENTRIES),
    code: 'LOG_BODY_SIGNATURE',
  },
  {
    what: 'with log entries of the attacker',
    made: graft(bundle(trusted), mine, ENTRIES),
    code: 'LOG_BODY_SIGNATURE',
  },
  {
    what: 'with a timestamp over another signature',
    made: graft(bundle(trusted), bundle(trusted), STAMPS),
    code: 'TIMESTAMP_IMPRINT',
  },
  {
    what: 'with an inclusion proof of another entry',
    made: graft(bundle(trusted), other, [...ENTRIES, 0, 'inclusionProof']),
    code: 'LOG_PROOF_INVALID',
  },
  {
    what: 'with a promise about another entry',
    made: graft(bundle(trusted), other, [...ENTRIES, 0, 'inclusionPromise']),
    code: 'LOG_PROMISE_INVALID',
  },
  {
    what: 'with two signatures in its envelope',
    made: alterAt(bundle(trusted), SIGNATURES, (list) => [...(list as unknown[]), { sig: 'AAAA' }]),
    code: 'NO_SIGNATURES',
  },
  {
    what: 'with no signature in its envelope',
    made: alterAt(bundle(trusted), SIGNATURES, () => []),
    code: 'NO_SIGNATURES',
  },
];

for (const { what, made, code } of GRAFTED)
  test(`tampering: a bundle ${what} is judged ${code}`, async () => {
    const entries = made.verificationMaterial.tlogEntries ?? [];
    // One log entry each: a good one beside the grafted one would rightly suffice.
    const [v1] = entries;
    if (v1 !== undefined) made.verificationMaterial.tlogEntries = [v1];
    assert.equal(await verdictOf({ kind: 'bundle', bundle: made }), code);
  });

const GRAFTED_LAYERS: readonly {
  readonly what: string;
  readonly made: LayerDocument;
  readonly code: string;
}[] = [
  { what: 'whole', made: layer(trusted), code: 'satisfied' },
  { what: 'by the attacker', made: layer(attacker), code: 'IDENTITY_MISMATCH' },
  {
    what: 'by the attacker under a trusted certificate',
    made: graft(layer(attacker), layer(trusted), ['certificate']),
    code: 'SIGNATURE_INVALID',
  },
  {
    what: 'with the log entry of another signature',
    made: graft(layer(trusted), layer(again), ['bundle']),
    code: 'LOG_BODY_SIGNATURE',
  },
  {
    what: 'with the log entry of another image',
    made: graft(layer(trusted), layer(trusted, otherSubject), ['bundle']),
    code: 'LOG_BODY_DIGEST',
  },
  {
    what: 'with the promise of another entry',
    made: graft(layer(trusted), layer(again), ['bundle', 'SignedEntryTimestamp']),
    code: 'LOG_PROMISE_INVALID',
  },
  {
    what: 'with another image’s payload',
    made: graft(layer(trusted), layer(trusted, otherSubject), ['blob']),
    code: 'WRONG_DIGEST',
  },
  {
    what: 'copied from another image',
    made: layer(trusted, otherSubject),
    code: 'WRONG_DIGEST',
  },
];

for (const { what, made, code } of GRAFTED_LAYERS)
  test(`tampering: a legacy signature ${what} is judged ${code}`, async () => {
    assert.equal(await verdictOf({ kind: 'layer', layer: documentLayer(made) }), code);
  });

test('tampering: a chain of the attacker’s beside a trusted certificate makes no difference', async () => {
  const foreign = createVirtualSigstore().keyless();
  const document = layer(trusted);
  const chain = foreign.kind === 'certificate' ? foreign.chain : [];
  const made = { ...document, chain: chain.map((der) => der.toString('base64')) };
  assert.equal(await verdictOf({ kind: 'layer', layer: documentLayer(made) }), 'satisfied');
});

/** The order of P-256's group (SEC 2 §2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other signature that every ECDSA signature (r, s) has: (r, n − s). */
function twin(signature: Buffer): Buffer {
  const r = integerAt(signature, 2);
  const s = integerAt(signature, 4 + (signature[3] ?? 0));
  const body = Buffer.concat([encode(r), encode(ORDER - s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

function integerAt(der: Buffer, position: number): bigint {
  const length = der[position + 1] ?? 0;
  return BigInt(`0x${der.toString('hex', position + 2, position + 2 + length)}`);
}

function encode(value: bigint): Buffer {
  const hex = value.toString(16);
  const padded = hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = Buffer.from(/^[89a-f]/.test(padded) ? `00${padded}` : padded, 'hex');
  return Buffer.concat([Buffer.from([0x02, bytes.length]), bytes]);
}

test('tampering: the twin of an ECDSA signature is not the one that was logged', async () => {
  const signer = keySigner();
  const image = createImage();
  const logs = [rekor.entry()];
  const made = statementBundle(subject.digest, { signer, at, logs });
  const malleated = alterAt(made, [...SIGNATURES, 0, 'sig'], (sig) =>
    twin(Buffer.from(String(sig), 'base64')).toString('base64'),
  );
  attach(image, { kind: 'bundle', bundle: malleated });
  const attestors = [keyAttestor(signer.key)];
  const { verdict } = await judgeImage(image, { root, attestors });
  assert.equal(verdict, 'LOG_BODY_SIGNATURE');
  const unlogged = [keyAttestor(signer.key, { log: { kind: 'ignored' } })];
  assert.equal((await judgeImage(image, { root, attestors: unlogged })).verdict, 'satisfied');
});

test('MNH-09 one signer who signed twice, in two formats, counts once', async () => {
  const image = createImage();
  const signer = keySigner();
  const layerOf = legacySignature(subject, { signer, at, logs: [rekor.entry()] });
  attach(
    image,
    { kind: 'bundle', bundle: bundle(signer) },
    { kind: 'bundle', bundle: bundle(signer) },
    { kind: 'layer', layer: layerOf },
    { kind: 'bundle', bundle: bundle(trusted) },
    { kind: 'bundle', bundle: bundle(again) },
  );
  const same = [keyAttestor(signer.key), keyAttestor(signer.key)];
  assert.equal((await judgeImage(image, { root, attestors: same })).verdict, 'satisfied');
  const twice = await judgeImage(image, { root, attestors: same, count: 2 });
  assert.equal(twice.verdict, 'NO_MATCHING_SIGNATURE');
  const people = [keylessAttestor(), keylessAttestor()];
  const both = await judgeImage(image, { root, attestors: people, count: 2 });
  assert.equal(both.verdict, 'NO_MATCHING_SIGNATURE');
  const mixed = [keyAttestor(signer.key), keylessAttestor()];
  assert.equal(
    (await judgeImage(image, { root, attestors: mixed, count: 2 })).verdict,
    'satisfied',
  );
});
