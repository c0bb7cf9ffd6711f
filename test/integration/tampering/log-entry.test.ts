import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignedEntity } from '#shared/signature/signed-entity.ts';
import { parseCertificate } from '#shared/trust/certificate.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import {
  envelopeBytes,
  manifestBytes,
  type SignedBytes,
} from '#shared/verification/signed-bytes.ts';
import type { LogSigner } from '#shared/verification/log-binding.ts';
import { type VerifiedLogEntry, verifyLogEntry } from '#shared/verification/verify-log-entry.ts';
import {
  type JsonPath,
  alterAt,
  flipBase64,
  leafPaths,
  valueAt,
} from '#test/support/sigstore/alter.ts';
import { messageBundle, statementBundle } from '#test/support/sigstore/bundle.ts';
import { legacyAttestation, legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import type { LoggedSignature, LogStep } from '#test/support/sigstore/logged-signature.ts';
import { signedEntryTimestamp } from '#test/support/sigstore/rekor.ts';
import type { Signer } from '#test/support/sigstore/signer.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { type Artifact, createImage, entityOf } from '#test/support/tampering/discovered.ts';
import { documentLayer, layerDocument } from '#test/support/tampering/specimen.ts';

const sigstore = createVirtualSigstore();
const { rekor, rekorV2, time: at } = sigstore;
const { logs } = readTrustedRoot(JSON.stringify(sigstore.trustedRoot())).material;
const { memory, subject } = createImage();
const manifest = await manifestOf();

async function manifestOf(): Promise<Buffer> {
  const { bytes } = await memory.registry.manifest(memory.repository('acme/app'), subject.digest);
  return bytes ?? Buffer.alloc(0);
}

const FORMATS = {
  'legacy signature': (signer, log) => ({
    kind: 'layer',
    layer: legacySignature(subject, { signer, at, logs: [log] }),
  }),
  'legacy attestation': (signer, log) => ({
    kind: 'layer',
    layer: legacyAttestation(subject, { signer, at, logs: [log] }),
  }),
  'statement bundle': (signer, log) => ({
    kind: 'bundle',
    bundle: statementBundle(subject.digest, { signer, at, logs: [log] }),
  }),
  'statement bundle v0.1': (signer, log) => ({
    kind: 'bundle',
    bundle: statementBundle(subject.digest, { signer, at, logs: [log], version: '0.1' }),
  }),
  'message bundle': (signer, log) => ({
    kind: 'bundle',
    bundle: messageBundle(manifest, { signer, at, logs: [log] }),
  }),
} satisfies Record<string, (signer: Signer, log: LogStep) => Artifact>;

type Lie = Partial<LoggedSignature>;

interface Row {
  readonly format: keyof typeof FORMATS;
  readonly entry: string;
  readonly log: (about?: Lie) => LogStep;
  /** Intoto 0.0.1 holds no signature of its own: the hash of the whole envelope stands for it. */
  readonly withoutSignature?: boolean;
}

const ROWS: readonly Row[] = [
  { format: 'legacy signature', entry: 'hashedrekord', log: v1({ kind: 'hashedrekord' }) },
  { format: 'legacy signature', entry: 'rekord', log: v1({ kind: 'rekord' }) },
  { format: 'legacy attestation', entry: 'dsse', log: v1({ kind: 'dsse' }) },
  { format: 'legacy attestation', entry: 'intoto 0.0.2', log: v1({ kind: 'intoto-0.0.2' }) },
  {
    format: 'legacy attestation',
    entry: 'intoto 0.0.1',
    log: v1({ kind: 'intoto-0.0.1' }),
    withoutSignature: true,
  },
  { format: 'statement bundle v0.1', entry: 'promise only', log: v1({ form: 'promise' }) },
  { format: 'statement bundle', entry: 'dsse', log: v1({ kind: 'dsse' }) },
  { format: 'statement bundle', entry: 'intoto 0.0.2', log: v1({ kind: 'intoto-0.0.2' }) },
  { format: 'statement bundle', entry: 'hashedrekord', log: v1({ kind: 'hashedrekord' }) },
  { format: 'statement bundle', entry: 'proof only', log: v1({ form: 'proof' }) },
  { format: 'message bundle', entry: 'hashedrekord', log: v1({ kind: 'hashedrekord' }) },
  { format: 'statement bundle', entry: 'Rekor v2 hashedrekord', log: v2({}) },
  { format: 'statement bundle', entry: 'Rekor v2 dsse', log: v2({ kind: 'dsse' }) },
  { format: 'message bundle', entry: 'Rekor v2 hashedrekord', log: v2({}) },
];

function v1(options: Parameters<typeof rekor.entry>[0]): Row['log'] {
  return (about) => rekor.entry({ ...options, ...(about === undefined ? {} : { about }) });
}

function v2(options: Parameters<typeof rekorV2.entry>[0]): Row['log'] {
  return (about) => rekorV2.entry({ ...options, ...(about === undefined ? {} : { about }) });
}

const SIGNERS: readonly { readonly name: string; readonly make: () => Signer }[] = [
  { name: 'key', make: () => keySigner() },
  { name: 'certificate', make: () => sigstore.keyless() },
];

function signedBytes(entity: SignedEntity): SignedBytes {
  if (entity.kind === 'message') return { kind: 'bytes', bytes: entity.payload };
  if (entity.kind === 'dsse') return envelopeBytes(entity);
  return manifestBytes(entity, subject.digest) ?? { kind: 'bytes', bytes: Buffer.alloc(0) };
}

function logSigner(signer: Signer): LogSigner {
  if (signer.kind === 'key') {
    const [key] = parsePublicKeys(signer.key.publicKeyPem);
    if (key !== undefined) return { kind: 'key', key };
  }
  const certificate = parseCertificate(signer.kind === 'key' ? manifest : signer.certificate);
  if (typeof certificate === 'string') throw new TypeError(certificate);
  return { kind: 'certificate', certificate };
}

/** Verifies the one log entry of an artifact: facts, or the code or text of what is wrong. */
async function verify(artifact: Artifact, signer: Signer): Promise<VerifiedLogEntry | string> {
  const entity = await entityOf('image', artifact);
  if (typeof entity === 'string') return entity;
  const [entry] = entity.time.logEntries;
  if (entry === undefined) return entity.time.unreadable.join('; ');
  const binding = {
    entity,
    signed: signedBytes(entity),
    signer: logSigner(signer),
  };
  const result = verifyLogEntry(entry, binding, logs);
  return 'code' in result ? result.code : result;
}

for (const { format, entry, log } of ROWS)
  for (const { name, make } of SIGNERS)
    test(`tampering: log entry ${entry} of a ${format} by a ${name} verifies as it was made`, async () => {
      const signer = make();
      assert.equal(await refusal(FORMATS[format](signer, log()), signer), 'verified');
    });

/** The code or text of what is wrong, or that nothing is. */
async function refusal(artifact: Artifact, signer: Signer): Promise<string> {
  const result = await verify(artifact, signer);
  return typeof result === 'string' ? result : 'verified';
}

/** A log that vouches for something else: all its signatures are good (CVE-2026-22703). */
function lies(other: Signer): readonly { what: string; about: Lie; code: string }[] {
  const bytes = Buffer.from('{}');
  const envelope = { payload: bytes, payloadType: 'application/vnd.in-toto+json', json: bytes };
  return [
    {
      what: 'other content',
      about: { signedBytes: bytes, envelope },
      code: 'LOG_BODY_DIGEST',
    },
    {
      what: 'another signature',
      about: { signature: other.key.sign(Buffer.from('other')) },
      code: 'LOG_BODY_SIGNATURE',
    },
    { what: 'another signer', about: { signer: other }, code: 'LOG_BODY_SIGNER' },
  ];
}

for (const { format, entry, log, withoutSignature = false } of ROWS)
  for (const { name, make } of SIGNERS)
    for (const { what, about, code } of lies(make())) {
      if (withoutSignature && about.signature !== undefined) continue;
      test(`MNH-13 log entry ${entry} of a ${format} by a ${name} about ${what} is refused`, async () => {
        const signer = make();
        const lie =
          format.startsWith('legacy signature') || format === 'message bundle'
            ? { ...about, ...('envelope' in about ? { envelope: undefined } : {}) }
            : about;
        assert.equal(await verify(FORMATS[format](signer, log(lie)), signer), code);
      });
    }

/** What refuses an altered member; the first row that fits counts. */
const ALTERED: readonly { readonly at: RegExp; readonly code: string | RegExp }[] = [
  { at: /logID$|logId.keyId$/, code: 'LOG_UNKNOWN' },
  { at: /kindVersion/, code: 'LOG_BODY_KIND' },
  { at: /inclusionProof\.checkpoint/, code: 'LOG_CHECKPOINT_INVALID' },
  { at: /inclusionProof/, code: 'LOG_PROOF_INVALID' },
  { at: /body$|canonicalizedBody$/i, code: /^LOG_(PROMISE|PROOF)_INVALID$/ },
  { at: /logIndex$|integratedTime$|SignedEntryTimestamp$/i, code: 'LOG_PROMISE_INVALID' },
];

/** One step away from what a value was, in the way its reader reads it. */
function altered(path: JsonPath): (value: unknown) => unknown {
  const name = String(path.at(-1));
  if (/index$|size$|time$/i.test(name))
    return (value) => (typeof value === 'number' ? value + 1 : String(Number(value) + 1));
  if (name === 'logID')
    return (value) => String(value).replace(/^./, (d) => (d === '0' ? '1' : '0'));
  if (/^(?:kind|version|envelope)$/.test(name)) return (value) => `x${String(value)}`;
  return flipBase64;
}

const UNSIGNED = /logIndex$/;

for (const { format, entry, log } of ROWS) {
  const signer = sigstore.keyless();
  const artifact = FORMATS[format](signer, log());
  const isProofOnly = entry.startsWith('Rekor v2') || entry === 'proof only';
  for (const path of leafPaths(entryOf(artifact))) {
    const name = path.join('.');
    // Without a promise nothing signs the position over all shards; nothing is made of it either.
    if (isProofOnly && (UNSIGNED.test(name) || name === 'integratedTime') && path.length === 1)
      continue;
    test(`tampering: log entry ${entry} of a ${format} with ${name} altered is refused`, async () => {
      const wanted = ALTERED.find(({ at }) => at.test(name))?.code ?? 'no row';
      const found = await refusal(alterEntry(artifact, path, altered(path)), signer);
      if (typeof wanted === 'string') assert.equal(found, wanted);
      else assert.match(found, wanted);
    });
  }
}

function entryOf(artifact: Artifact): unknown {
  return artifact.kind === 'bundle'
    ? artifact.bundle.verificationMaterial.tlogEntries?.[0]
    : layerDocument(artifact.layer).bundle;
}

function alterEntry(
  artifact: Artifact,
  path: JsonPath,
  change: (value: unknown) => unknown,
): Artifact {
  if (artifact.kind === 'bundle') {
    const base = ['verificationMaterial', 'tlogEntries', 0];
    return { kind: 'bundle', bundle: alterAt(artifact.bundle, [...base, ...path], change) };
  }
  const document = alterAt(layerDocument(artifact.layer), ['bundle', ...path], change);
  return { kind: 'layer', layer: documentLayer(document) };
}

const CHECKPOINT: JsonPath = ['inclusionProof', 'checkpoint', 'envelope'];

const NOTES: readonly {
  readonly what: string;
  readonly change: (note: string) => string;
  readonly code: string;
}[] = [
  { what: 'another origin', change: (note) => `x${note}`, code: 'LOG_CHECKPOINT_INVALID' },
  {
    what: 'another size',
    change: (note) => note.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) + 1}\n`),
    code: 'LOG_CHECKPOINT_INVALID',
  },
  {
    what: 'another root hash',
    change: (note) => note.replace(/\n(.{44})\n/, (_, hash) => `\n${String(flipBase64(hash))}\n`),
    code: 'LOG_CHECKPOINT_INVALID',
  },
  {
    what: 'a signature of another key',
    change: (note) =>
      note.replace(
        /(\u2014 \S+ \S{6})(\S+)/,
        (_, head: string, rest: string) => `${head}${flipText(rest)}`,
      ),
    code: 'LOG_CHECKPOINT_INVALID',
  },
  {
    what: 'a line more',
    change: (note) => note.replace('\n\n', '\nTimestamp: 1\n\n'),
    code: 'LOG_CHECKPOINT_INVALID',
  },
  {
    what: 'no signature',
    change: (note) => note.slice(0, note.indexOf('\u2014')),
    code: 'LOG_CHECKPOINT_INVALID',
  },
  {
    what: 'no blank line',
    change: (note) => note.replace('\n\n', '\n'),
    code: 'LOG_CHECKPOINT_MALFORMED',
  },
  {
    what: 'no size',
    change: (note) => note.replace(/\n\d+\n/, '\n\n'),
    code: 'LOG_CHECKPOINT_MALFORMED',
  },
  {
    what: 'a negative size',
    change: (note) => note.replace(/\n(\d+)\n/, '\n-$1\n'),
    code: 'LOG_CHECKPOINT_MALFORMED',
  },
  {
    what: 'thousands of signatures',
    change: (note) => note + '\u2014 a YWFhYWFh\n'.repeat(2_000),
    code: 'LOG_CHECKPOINT_MALFORMED',
  },
];

function flipText(base64: string): string {
  return base64.replace(/^./, (char) => (char === 'A' ? 'B' : 'A'));
}

for (const { what, change, code } of NOTES)
  for (const [name, log] of [
    ['Rekor v1', rekor.entry()],
    ['Rekor v2', rekorV2.entry()],
  ] as const)
    test(`tampering: a checkpoint of ${name} with ${what} is refused`, async () => {
      const signer = keySigner();
      const artifact = FORMATS['statement bundle'](signer, log);
      const bad = alterEntry(artifact, CHECKPOINT, (note) => change(String(note)));
      assert.notEqual(valueAt(entryOf(bad), CHECKPOINT), valueAt(entryOf(artifact), CHECKPOINT));
      assert.equal(await verify(bad, signer), code);
    });

test('tampering: a checkpoint of another log, or of the log at another time, does not vouch', async () => {
  const signer = keySigner();
  const artifact = FORMATS['statement bundle'](signer, rekor.entry());
  const later = FORMATS['statement bundle'](signer, rekor.entry());
  const foreign = FORMATS['statement bundle'](signer, createVirtualSigstore().rekor.entry());
  const from = (other: Artifact): Artifact =>
    alterEntry(artifact, CHECKPOINT, () => valueAt(entryOf(other), CHECKPOINT));
  assert.equal(await verify(from(later), signer), 'LOG_PROOF_INVALID');
  assert.equal(await verify(from(foreign), signer), 'LOG_CHECKPOINT_INVALID');
});

test('MNH-13 an entry of a bundle with a promise alone does not pass where a proof must be', async () => {
  const signer = keySigner();
  const artifact = FORMATS['statement bundle'](signer, rekor.entry({ form: 'promise' }));
  assert.match(await refusal(artifact, signer), /no inclusion proof/);
});

test('MNH-13 an integrated time without a promise is not told', async () => {
  const signer = keySigner();
  const result = await verify(
    FORMATS['statement bundle'](signer, rekor.entry({ form: 'proof' })),
    signer,
  );
  assert.equal(typeof result === 'string' ? result : result.integratedAt, undefined);
});

for (const [name, log] of [
  ['Rekor v1', rekor.entry({ form: 'proof' })],
  ['Rekor v2', rekorV2.entry()],
] as const)
  test(`tampering: a position that ${name} did not vouch for is not told`, async () => {
    const signer = keySigner();
    const artifact = FORMATS['statement bundle'](signer, log);
    const moved = alterEntry(artifact, ['logIndex'], () => '99999');
    const result = await verify(moved, signer);
    assert.notEqual(typeof result === 'string' ? result : String(result.logIndex), '99999');
  });

test('tampering: a promise for a time beyond all dates is refused, not a crash', async () => {
  const signer = keySigner();
  const step: LogStep = (signed) => {
    const entry = rekor.entry({ form: 'promise' })(signed, at);
    entry.integratedTime = String(Number.MAX_SAFE_INTEGER);
    entry.inclusionPromise = { signedEntryTimestamp: signedEntryTimestamp(rekor, entry) };
    return entry;
  };
  for (const format of ['legacy signature', 'statement bundle v0.1'] as const) {
    assert.match(await refusal(FORMATS[format](signer, step), signer), /integratedTime/);
  }
});
