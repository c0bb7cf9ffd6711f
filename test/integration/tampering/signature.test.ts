import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attestor } from '#shared/policy/model.ts';
import type { EvidencePurpose } from '#shared/verification/evidence.ts';
import {
  type JsonPath,
  alterAt,
  alterBase64,
  flipBase64,
  flipBit,
  leafPaths,
} from '#test/support/sigstore/alter.ts';
import { type BundleJson, messageBundle, statementBundle } from '#test/support/sigstore/bundle.ts';
import { legacyAttestation, legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { type Artifact, attach, createImage } from '#test/support/tampering/discovered.ts';
import {
  type Judged,
  judgeImage,
  keyAttestor,
  keylessAttestor,
} from '#test/support/tampering/judge-image.ts';
import {
  type LayerDocument,
  documentLayer,
  layerDocument,
} from '#test/support/tampering/specimen.ts';

const sigstore = createVirtualSigstore();
const { rekor, rekorV2, tsa, time: at } = sigstore;
const root = sigstore.trustedRoot();
const { memory, subject } = createImage();
const manifest = await manifestBytes();

async function manifestBytes(): Promise<Buffer> {
  const repository = memory.repository(subject.repository);
  const { bytes } = await memory.registry.manifest(repository, subject.digest);
  return bytes ?? Buffer.alloc(0);
}

const PREDICATE = 'https://slsa.dev/provenance/v1';
const provenance = { predicateType: PREDICATE, predicate: { builder: { id: 'ci' } } };
const ATTESTATION: EvidencePurpose = { kind: 'attestation', predicateType: PREDICATE };
const IGNORED = { kind: 'ignored' } as const;

/** One signature of a kind, with the attestor that wants it. */
interface Specimen {
  readonly name: string;
  readonly document: BundleJson | LayerDocument;
  readonly attestor: Attestor;
  readonly purpose?: EvidencePurpose;
  /** Members that nothing signs and nothing is made of. */
  readonly free?: RegExp;
}

const key = keySigner();
const keyless = sigstore.keyless();

const SPECIMENS: readonly Specimen[] = [
  {
    name: 'keyless bundle',
    document: statementBundle(subject.digest, { signer: keyless, at, logs: [rekor.entry()] }),
    attestor: keylessAttestor(),
  },
  {
    name: 'keyless bundle with annotations',
    document: statementBundle(
      subject.digest,
      { signer: keyless, at, logs: [rekor.entry()] },
      { annotations: { build: '1' } },
    ),
    attestor: keylessAttestor({ annotations: { build: '1' } }),
  },
  {
    name: 'keyless bundle v0.1 with chain',
    document: statementBundle(subject.digest, {
      signer: keyless,
      at,
      logs: [rekor.entry({ form: 'promise' })],
      version: '0.1',
    }),
    attestor: keylessAttestor(),
    // The intermediate is in the trust root as well: what came along is not needed.
    free: /certificates\.1\./,
  },
  {
    name: 'keyless bundle of Rekor v2 and TSA',
    document: statementBundle(subject.digest, {
      signer: keyless,
      at,
      logs: [rekorV2.entry()],
      timestamps: [tsa.stamp()],
    }),
    attestor: keylessAttestor(),
    free: /tlogEntries\.0\.logIndex/,
  },
  {
    name: 'keyless bundle of TSA only',
    document: statementBundle(subject.digest, {
      signer: keyless,
      at,
      timestamps: [tsa.stamp({ embed: 'chain' })],
    }),
    attestor: keylessAttestor({
      log: IGNORED,
      timestamps: { authorities: undefined, required: 1 },
    }),
  },
  {
    name: 'keyless message bundle',
    document: messageBundle(manifest, { signer: keyless, at, logs: [rekor.entry()] }),
    attestor: keylessAttestor(),
  },
  {
    name: 'key bundle without log',
    document: statementBundle(subject.digest, { signer: key, at }),
    attestor: keyAttestor(key.key, { log: IGNORED }),
    free: /hint$/,
  },
  {
    name: 'key bundle with log',
    document: statementBundle(subject.digest, { signer: key, at, logs: [rekor.entry()] }),
    attestor: keyAttestor(key.key),
    free: /hint$/,
  },
  {
    name: 'keyless attestation bundle',
    document: statementBundle(
      subject.digest,
      { signer: keyless, at, logs: [rekor.entry()] },
      provenance,
    ),
    attestor: keylessAttestor(),
    purpose: ATTESTATION,
  },
  {
    name: 'keyless legacy signature',
    document: layerDocument(
      legacySignature(subject, { signer: keyless, at, logs: [rekor.entry()] }),
    ),
    attestor: keylessAttestor(),
    free: /^chain/,
  },
  {
    name: 'keyless legacy signature of TSA only',
    document: layerDocument(
      legacySignature(subject, { signer: keyless, at, timestamps: [tsa.stamp()] }),
    ),
    attestor: keylessAttestor({
      log: IGNORED,
      timestamps: { authorities: undefined, required: 1 },
    }),
    free: /^chain/,
  },
  {
    name: 'key legacy signature with log and annotations',
    document: layerDocument(
      legacySignature(
        subject,
        { signer: key, at, logs: [rekor.entry()] },
        { annotations: { build: '1' } },
      ),
    ),
    attestor: keyAttestor(key.key, { annotations: { build: '1' } }),
  },
  {
    name: 'keyless legacy attestation',
    document: layerDocument(
      legacyAttestation(
        subject,
        { signer: keyless, at, logs: [rekor.entry({ kind: 'intoto-0.0.2' })] },
        provenance,
      ),
    ),
    attestor: keylessAttestor(),
    purpose: ATTESTATION,
    // The signature annotation of an attestation is empty: the envelope holds the signature.
    free: /^chain|^signature$/,
  },
];

function artifactOf(document: BundleJson | LayerDocument): Artifact {
  return 'blob' in document
    ? { kind: 'layer', layer: documentLayer(document) }
    : { kind: 'bundle', bundle: document };
}

async function judge(
  { attestor, purpose }: Specimen,
  ...documents: readonly (BundleJson | LayerDocument)[]
): Promise<Judged> {
  const image = createImage();
  attach(image, ...documents.map(artifactOf));
  return judgeImage(image, {
    root,
    attestors: [attestor],
    ...(purpose === undefined ? {} : { purpose }),
  });
}

for (const specimen of SPECIMENS)
  test(`tampering: a ${specimen.name} verifies as it was made`, async () => {
    const { verdict, words, facts } = await judge(specimen, specimen.document);
    assert.equal(verdict, 'satisfied', words);
    assert.equal(facts.length, 1);
  });

const LOG = /^LOG_/;
const STAMP = /^TIMESTAMP_/;
const CERTIFICATE = /^CERTIFICATE_(?:MALFORMED|UNTRUSTED)$/;

/** What refuses a member with one bit of its bytes, or one character, changed: the first row that fits. */
const REFUSALS: readonly { readonly at: RegExp; readonly by: RegExp }[] = [
  { at: /mediaType$/, by: /^NO_(?:SIGNATURES|ATTESTATIONS)$/ },
  { at: /^verificationMaterial\.(?:certificate|x509)|^certificate$/, by: CERTIFICATE },
  { at: /tlogEntries|^bundle\./, by: LOG },
  { at: /signedTimestamp$|^timestamp$/, by: STAMP },
  { at: /dsseEnvelope\.payloadType$/, by: /^FORMAT_NOT_READ$/ },
  { at: /sig$|\.signature$|^signature$/i, by: /^(?:SIGNATURE_INVALID|NO_MATCHING_SIGNATURE)$/ },
  { at: /messageDigest\.algorithm$/, by: /^NO_SIGNATURES$/ },
  { at: /messageDigest\.digest$/, by: /^WRONG_DIGEST$/ },
];

/** Members whose inner fields are altered one by one below. */
const DOCUMENTS = /dsseEnvelope\.payload$|^blob$/;

function altered(path: JsonPath): (value: unknown) => unknown {
  const name = String(path.at(-1));
  if (/index$|size$|time$/i.test(name))
    return (value) => (typeof value === 'number' ? value + 1 : String(Number(value) + 1));
  if (name === 'logID')
    return (value) => String(value).replace(/^./, (d) => (d === '0' ? '1' : '0'));
  if (/^(?:kind|version|envelope|mediaType|payloadType|algorithm)$/.test(name))
    return (value) => `x${String(value)}`;
  // The end of a token is its signature; in its middle are certificates that only help.
  if (/timestamp$/i.test(name)) return alterBase64((token) => flipBit(token, -8));
  return (value) => (value === '' ? 'AAAA' : flipBase64(value));
}

for (const specimen of SPECIMENS)
  for (const path of leafPaths(specimen.document)) {
    const name = path.join('.');
    if (DOCUMENTS.test(name)) continue;
    const isFree = specimen.free?.test(name) === true;
    test(`tampering: a ${specimen.name} with ${name} altered ${isFree ? 'says the same' : 'is refused'}`, async () => {
      const bad = alterAt(specimen.document, path, altered(path));
      assert.notDeepEqual(bad, specimen.document);
      const { verdict, words } = await judge(specimen, bad);
      const wanted = isFree ? /^satisfied$/ : REFUSALS.find(({ at }) => at.test(name))?.by;
      assert.match(verdict, wanted ?? /no row/, words);
    });
  }

/** Changes the JSON document that is inside a member as base64. */
function inside(change: (document: unknown) => unknown): (value: unknown) => unknown {
  return alterBase64((bytes) =>
    Buffer.from(JSON.stringify(change(JSON.parse(bytes.toString('utf8')) as unknown))),
  );
}

/** Where the JSON document is that was signed, and how deep. */
function signedDocument({ document }: Specimen): {
  path: JsonPath;
  json: unknown;
  nested: boolean;
} {
  if ('verificationMaterial' in document) {
    const json = decode(document.dsseEnvelope?.payload ?? 'e30=');
    return { path: ['dsseEnvelope', 'payload'], json, nested: false };
  }
  const blob = decode(document.blob);
  const payload = (blob as { payload?: string }).payload;
  return payload === undefined
    ? { path: ['blob'], json: blob, nested: false }
    : { path: ['blob'], json: decode(payload), nested: true };
}

function decode(base64: string): unknown {
  return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
}

/** What refuses an altered member of a signed document. */
const CLAIM_REFUSALS: readonly { readonly at: RegExp; readonly by: RegExp }[] = [
  { at: /^(?:_type|critical\.type)$/, by: /^NO_MATCHING_SIGNATURE$/ },
  { at: /digest/, by: /^(?:WRONG_DIGEST|NO_MATCHING_SIGNATURE)$/ },
  { at: /^predicateType$/, by: /^(?:FORMAT_NOT_READ|NO_ATTESTATIONS)$/ },
  { at: /./, by: /^(?:SIGNATURE_INVALID|NO_MATCHING_SIGNATURE)$/ },
];

for (const specimen of SPECIMENS) {
  const { path, json, nested } = signedDocument(specimen);
  const change = (member: JsonPath): ((value: unknown) => unknown) => {
    const inner = inside((document) => alterAt(document, member, changeText));
    return nested ? inside((envelope) => alterAt(envelope, ['payload'], inner)) : inner;
  };
  for (const member of leafPaths(json)) {
    if (member.length === 0) continue;
    const name = member.join('.');
    test(`tampering: a ${specimen.name} whose signed ${name} was altered is refused`, async () => {
      const bad = alterAt(specimen.document, path, change(member));
      const { verdict, words } = await judge(specimen, bad);
      assert.match(verdict, CLAIM_REFUSALS.find(({ at }) => at.test(name))?.by ?? /no row/, words);
    });
  }
}

/** Another text of the same form: hexadecimal digits stay digits. */
function changeText(value: unknown): unknown {
  if (typeof value !== 'string') return 'x';
  return value.endsWith('0') ? value.replace(/0$/, '1') : value.replace(/.$/, '0');
}

for (const specimen of SPECIMENS) {
  test(`tampering: a ${specimen.name} for another image is refused`, async () => {
    const image = createImage('another image');
    attach(image, artifactOf(specimen.document));
    const { attestor, purpose } = specimen;
    const { verdict, words } = await judgeImage(image, {
      root,
      attestors: [attestor],
      ...(purpose === undefined ? {} : { purpose }),
    });
    assert.equal(verdict, 'WRONG_DIGEST', words);
  });
}

/** Everything that can be taken out: members and list items at every depth. */
function parts(value: unknown, at: JsonPath = []): readonly JsonPath[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const path = [...at, Array.isArray(value) ? Number(key) : key];
    return [path, ...parts(member, path)];
  });
}

/** What nothing is lost with: helpers, hints, kinds that bodies say themselves, and one of promise and proof. */
const SPARE =
  /hint$|publicKey$|chain|certificates\.1|kindVersion$|messageDigest$|inclusionPromise|^bundle$/;

for (const specimen of SPECIMENS)
  test(`tampering: a ${specimen.name} from which anything is missing is refused or says the same`, async () => {
    const whole = await judge(specimen, specimen.document);
    for (const path of parts(specimen.document)) {
      const name = path.join('.');
      // Without these a layer is no layer: registries refuse the manifest.
      if (name === 'mediaType' || name === 'blob') continue;
      const judged = await judge(
        specimen,
        alterAt(specimen.document, path, () => undefined),
      );
      if (judged.verdict !== 'satisfied') continue;
      assert.ok(SPARE.test(name) || specimen.free?.test(name) === true, name);
      assert.deepEqual(signerOf(judged), signerOf(whole));
    }
  });

function signerOf({ facts: [fact] }: Judged): unknown {
  return [fact?.keyFingerprint, fact?.identity];
}

for (const specimen of SPECIMENS)
  test(`MNH-26 a ${specimen.name} is found among damaged and foreign ones`, async () => {
    const damaged = leafPaths(specimen.document)
      .slice(0, 20)
      .map((path) => alterAt(specimen.document, path, altered(path)));
    const { verdict, words } = await judge(specimen, ...damaged, specimen.document);
    assert.equal(verdict, 'satisfied', words);
  });
