import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, constantFrom, assert as check, json, nat, asyncProperty, string } from 'fast-check';
import type { SignatureFact } from '#shared/verification/verdict.ts';
import { type JsonPath, alterAt, leafPaths, valueAt } from '#test/support/sigstore/alter.ts';
import { type BundleJson, statementBundle } from '#test/support/sigstore/bundle.ts';
import {
  ANNOTATION,
  type LegacyLayer,
  legacyAttestation,
  legacySignature,
} from '#test/support/sigstore/legacy-layer.ts';
import {
  storeAttestations,
  storeBundle,
  storeSignatures,
} from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { type Image, createImage } from '#test/support/tampering/discovered.ts';
import {
  type Judged,
  judgeImage,
  keyAttestor,
  keylessAttestor,
} from '#test/support/tampering/judge-image.ts';

const sigstore = createVirtualSigstore();
const { rekor, tsa, time: at } = sigstore;
const root = sigstore.trustedRoot();
const { subject } = createImage();
const signer = sigstore.keyless();
const key = keySigner();
const logs = [rekor.entry()];
const PREDICATE = 'https://slsa.dev/provenance/v1';

const bundle = statementBundle(subject.digest, { signer, at, logs, timestamps: [tsa.stamp()] });
const text = JSON.stringify(bundle);
const layer = legacySignature(subject, { signer, at, logs, timestamps: [tsa.stamp()] });
const attestation = legacyAttestation(
  subject,
  { signer, at, logs: [rekor.entry({ kind: 'intoto-0.0.1' })] },
  { predicateType: PREDICATE },
);

/** What a keyless attestor makes of what was stored; an exception fails the test. */
async function judge(
  store: (image: Image) => void,
  kind: 'signature' | 'attestation' = 'signature',
): Promise<Judged> {
  const image = createImage();
  store(image);
  const purpose =
    kind === 'signature'
      ? { kind, acceptsAnyStatement: false }
      : { kind, predicateType: PREDICATE };
  return judgeImage(image, { root, attestors: [keylessAttestor()], purpose });
}

function judgeBundle(bytes: Buffer | string): Promise<Judged> {
  return judge(({ memory, subject }) =>
    storeBundle(memory, subject, { bundle: Buffer.from(bytes) }),
  );
}

function judgeLayer(changed: LegacyLayer): Promise<Judged> {
  return judge(({ memory, subject }) => storeSignatures(memory, subject, { layers: [changed] }));
}

function judgeAttestation(changed: LegacyLayer): Promise<Judged> {
  return judge(
    ({ memory, subject }) => storeAttestations(memory, subject, { layers: [changed] }),
    'attestation',
  );
}

const whole = await judgeBundle(text);

/** Refused, or the facts of the bundle as it was made, less what is no longer there. */
function assertNothingNew({ verdict, facts: [fact] }: Judged, about: string): void {
  if (verdict !== 'satisfied' || fact === undefined) return;
  const [good] = whole.facts;
  if (good === undefined) throw new TypeError('the whole bundle gave no facts');
  const signer = ({ keyFingerprint, identity, annotations }: SignatureFact): unknown => [
    keyFingerprint,
    identity,
    annotations,
  ];
  assert.deepEqual(signer(fact), signer(good), about);
  const [known, told] = [saidTimes(good), saidTimes(fact)];
  assert.deepEqual(
    told.filter((time) => !known.includes(time)),
    [],
    about,
  );
}

/** Logs and authorities with the times that they vouch for. */
function saidTimes({ logEntries = [], timestamps = [] }: SignatureFact): readonly string[] {
  return [
    ...logEntries.map(({ url }) => url),
    ...logEntries.flatMap(({ url, integratedAt }) =>
      integratedAt === undefined ? [] : [`${url} ${integratedAt}`],
    ),
    ...timestamps.map(({ authority, time }) => `${authority} ${time}`),
  ];
}

test('hostile: the documents that are damaged here are good as they were made', async () => {
  assert.equal(whole.verdict, 'satisfied', whole.words);
  assert.equal((await judgeLayer(layer)).verdict, 'satisfied');
  assert.equal((await judgeAttestation(attestation)).verdict, 'satisfied');
});

test('hostile: a bundle with any bytes overwritten is refused or says the same', async () => {
  await check(
    asyncProperty(nat(text.length - 1), string({ maxLength: 8 }), async (start, junk) => {
      const damaged = text.slice(0, start) + junk + text.slice(start + junk.length);
      assertNothingNew(await judgeBundle(damaged), damaged);
    }),
    { numRuns: 400 },
  );
});

test('hostile: a bundle with any bit turned is refused or says the same', async () => {
  const bytes = Buffer.from(text);
  await check(
    asyncProperty(
      array(nat(bytes.length * 8 - 1), { minLength: 1, maxLength: 3 }),
      async (bits) => {
        const damaged = Buffer.from(bytes);
        for (const bit of bits) damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assertNothingNew(await judgeBundle(damaged), damaged.toString('latin1'));
      },
    ),
    { numRuns: 400 },
  );
});

test('hostile: a bundle that ends early is refused', async () => {
  for (let length = 0; length < text.length; length += 29) {
    const { verdict } = await judgeBundle(text.slice(0, length));
    assert.equal(verdict, 'NO_SIGNATURES');
  }
});

const JUNK: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 63,
  '',
  'x',
  '=',
  '%%%%',
  '-1',
  '18446744073709551616',
  '9'.repeat(400),
  'A'.repeat(4000),
  '\ud800',
  '\u0000',
  '../../etc/passwd',
  [],
  {},
  [[]],
  [null],
  { $case: 'certificate' },
];

/** Every value and every list and object of a document. */
function places(value: unknown, path: JsonPath = []): readonly JsonPath[] {
  const inner =
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([name, member]) =>
          places(member, [...path, Array.isArray(value) ? Number(name) : name]),
        );
  return path.length === 0 ? inner : [path, ...inner];
}

test('hostile: a bundle with any value of another type is refused or says the same', async () => {
  for (const path of places(bundle))
    for (const junk of JUNK) {
      const made = alterAt<BundleJson>(bundle, path, () => junk);
      const judged = await judgeBundle(JSON.stringify(made));
      const name = path.join('.');
      assertNothingNew(judged, name);
      if (judged.verdict !== 'satisfied') continue;
      // Where a promise suffices the proof may be missing, timestamps are not asked for; nothing else may be.
      assert.match(name, /inclusionPr|kindVersion|integratedTime|imestamp|keyid/, String(junk));
    }
});

/** What a lenient reader of base64 takes for bytes: the second would have it fill gigabytes with zeroes. */
const BYTES: readonly unknown[] = [[65, 66], { length: 1000 }, { 0: 65, length: 1 }, 'AA!A'];

test('hostile: a bundle is unreadable where bytes are written as anything but base64', async () => {
  const members = leafPaths(bundle).filter((path) =>
    /(?:Bytes|keyId|Body|Timestamp|Hash|hashes\.\d|payload|sig)$/.test(path.join('.')),
  );
  assert.ok(members.length >= 10);
  for (const path of members)
    for (const junk of BYTES) {
      const made = alterAt<BundleJson>(bundle, path, () => junk);
      const { verdict } = await judgeBundle(JSON.stringify(made));
      assert.equal(verdict, 'NO_SIGNATURES', `${path.join('.')} ${JSON.stringify(junk)}`);
    }
});

test('hostile: a key twice in any object of a bundle makes it unreadable', async () => {
  const objects = [[], ...places(bundle)].filter((path) => {
    const value = valueAt(bundle, path);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  });
  assert.ok(objects.length > 10);
  for (const path of objects) {
    const marked =
      path.length === 0
        ? { '\u0001': 0, ...bundle }
        : alterAt(bundle, path, (value) => ({ '\u0001': 0, ...(value as object) }));
    const object = valueAt(bundle, path);
    const [name] = Object.keys(object as object);
    for (const twice of [`"${name}":null`, `"\\u${hex(name ?? '')}${name?.slice(1)}":{}`]) {
      const made = JSON.stringify(marked).replace(String.raw`"\u0001":0`, twice);
      const { verdict, words } = await judgeBundle(made);
      assert.equal(verdict, 'NO_SIGNATURES', `${path.join('.')} ${twice}`);
      assert.match(words, /twice/);
    }
  }
});

function hex(name: string): string {
  return name.charCodeAt(0).toString(16).padStart(4, '0');
}

const many = (count: number): BundleJson => {
  const made = structuredClone(bundle);
  const { verificationMaterial: material } = made;
  material.tlogEntries = Array.from({ length: count }, () => structuredClone(firstEntry()));
  return made;
};

function firstEntry(): NonNullable<BundleJson['verificationMaterial']['tlogEntries']>[number] {
  const [entry] = bundle.verificationMaterial.tlogEntries ?? [];
  if (entry === undefined) throw new TypeError('no entry');
  return entry;
}

const GIANTS: readonly { readonly what: string; readonly bytes: () => string }[] = [
  { what: 'a hundred thousand brackets', bytes: () => '['.repeat(100_000) },
  {
    what: 'a hundred thousand nested lists',
    bytes: () => '['.repeat(100_000) + ']'.repeat(100_000),
  },
  {
    what: 'a bundle inside a hundred thousand lists',
    bytes: () => `${'{"a":'.repeat(20_000)}${text}${'}'.repeat(20_000)}`,
  },
  {
    what: 'depth in a member nobody reads',
    bytes: () => text.replace('{', `{"x":${'['.repeat(5000)}${']'.repeat(5000)},`),
  },
  { what: 'ten megabytes of blanks', bytes: () => text + ' '.repeat(10 * 1024 * 1024) },
  {
    what: 'a payload of ten megabytes',
    bytes: () => text.replace('"payload":"', `$&${'A'.repeat(1e7)}`),
  },
  { what: 'a hundred thousand members', bytes: () => `{${members(100_000)}}` },
  { what: 'a thousand copies of its log entry', bytes: () => JSON.stringify(many(1000)) },
  { what: '33 log entries', bytes: () => JSON.stringify(many(33)) },
  {
    what: '33 timestamps',
    bytes: () => {
      const stamps = Array.from({ length: 33 }, () => ({ signedTimestamp: 'AAAA' }));
      return JSON.stringify(
        alterAt(
          bundle,
          ['verificationMaterial', 'timestampVerificationData', 'rfc3161Timestamps'],
          () => stamps,
        ),
      );
    },
  },
];

function members(count: number): string {
  return Array.from({ length: count }, (_, index) => `"m${index}":0`).join(',');
}

for (const { what, bytes } of GIANTS)
  test(`hostile: a bundle with ${what} is refused unread`, async () => {
    const { verdict } = await judgeBundle(bytes());
    assert.equal(verdict, 'NO_SIGNATURES');
  });

test('MNH-26 a good signature is found beside every giant', async () => {
  const { verdict, words } = await judge(({ memory, subject }) => {
    for (const { bytes } of GIANTS) storeBundle(memory, subject, { bundle: Buffer.from(bytes()) });
    storeBundle(memory, subject, { bundle });
  });
  assert.equal(verdict, 'satisfied', words);
});

test('MNH-26 sixteen copies of the entry and eight timestamps that are wrong hide nothing', async () => {
  const made = many(16);
  const entries = made.verificationMaterial.tlogEntries ?? [];
  for (const entry of entries.slice(1)) entry.logIndex = String(Number(entry.logIndex) + 1);
  entries.reverse();
  const stamps = made.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
  for (let index = 0; index < 8; index += 1)
    stamps.push({ signedTimestamp: Buffer.from(`junk ${index}`).toString('base64') });
  const { verdict, words } = await judgeBundle(JSON.stringify(made));
  assert.equal(verdict, 'satisfied', words);
});

test('hostile: any JSON as bundle, payload, envelope or annotation is refused', async () => {
  await check(
    asyncProperty(json({ maxDepth: 4 }), async (document) => {
      const blob = Buffer.from(document);
      const { verdict } = await judgeBundle(blob);
      assert.equal(verdict, 'NO_SIGNATURES');
      assert.notEqual((await judgeLayer({ ...layer, blob })).verdict, 'satisfied');
      assert.notEqual((await judgeAttestation({ ...attestation, blob })).verdict, 'satisfied');
      for (const name of [ANNOTATION.bundle, ANNOTATION.signature, ANNOTATION.certificate]) {
        const annotations = { ...layer.annotations, [name]: document };
        assert.notEqual((await judgeLayer({ ...layer, annotations })).verdict, 'satisfied', name);
      }
    }),
    { numRuns: 150 },
  );
});

test('hostile: any text in an annotation of a layer is refused or says the same', async () => {
  const good = await judgeLayer(layer);
  const names = Object.keys(layer.annotations);
  await check(
    asyncProperty(constantFrom(...names), string({ maxLength: 60 }), async (name, junk) => {
      const annotations = { ...layer.annotations, [name]: junk };
      const { verdict, facts } = await judgeLayer({ ...layer, annotations });
      if (verdict !== 'satisfied') return;
      assert.ok(name === ANNOTATION.chain || name === ANNOTATION.timestamp, name);
      assert.deepEqual(facts[0]?.identity, good.facts[0]?.identity);
    }),
    { numRuns: 300 },
  );
});

test('hostile: a layer with any bytes of its payload or envelope changed is refused', async () => {
  const bytes = (blob: Buffer, start: number, value: number): Buffer => {
    const damaged = Buffer.from(blob);
    damaged[start] = damaged[start] === value ? value ^ 1 : value;
    return damaged;
  };
  await check(
    asyncProperty(nat(100_000), nat(255), async (place, value) => {
      const blob = bytes(layer.blob, place % layer.blob.length, value);
      assert.notEqual((await judgeLayer({ ...layer, blob })).verdict, 'satisfied');
      const envelope = bytes(attestation.blob, place % attestation.blob.length, value);
      const judged = await judgeAttestation({ ...attestation, blob: envelope });
      assert.notEqual(judged.verdict, 'satisfied');
    }),
    { numRuns: 300 },
  );
});

test('hostile: a signature of nothing, zeroes or the wrong length by a plain key is refused', async () => {
  const made = statementBundle(subject.digest, { signer: key, at });
  const zero = Buffer.from('3006020100020100', 'hex');
  const one = Buffer.from('3006020101020101', 'hex');
  const attestors = [keyAttestor(key.key, { log: { kind: 'ignored' } })];
  for (const sig of [zero, one, Buffer.alloc(64), Buffer.alloc(72, 0xff), Buffer.alloc(1)]) {
    const image = createImage();
    const forged = alterAt(made, ['dsseEnvelope', 'signatures', 0, 'sig'], () =>
      sig.toString('base64'),
    );
    storeBundle(image.memory, image.subject, { bundle: forged });
    const { verdict } = await judgeImage(image, { root, attestors });
    assert.equal(verdict, 'NO_MATCHING_SIGNATURE');
  }
});
