import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dump } from 'js-yaml';
import type { Decision } from '#shared/admission/decision.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';
import { putImage } from '#test/support/registry/image.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { subjectOf } from '#test/support/signer/signed-image.ts';
import { legacyAttestation, legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import type { Signer } from '#test/support/sigstore/signer.ts';
import { storeAttestations, storeSignatures } from '#test/support/sigstore/store-signature.ts';
import { keySigner, VIRTUAL_TIME as at } from '#test/support/sigstore/virtual-sigstore.ts';

/** What Kyverno 1.19.1 makes of attestations of several entries and signers. */
const SCAN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const SBOM = 'https://spdx.dev/Document';
const registry = await startRegistry();
const engine = startEngine({});
after(async () => {
  await engine.close();
  await registry.close();
});
const a = keySigner();
const b = keySigner();

type Statement = readonly [signer: Signer, predicate: JsonValue, type?: string];

let count = 0;

/** An image with these statements about it; its repository starts with `folder`. */
function attested(folder: string, ...statements: readonly Statement[]): string {
  count += 1;
  const repository = `${folder}/i${count}`;
  const subject = subjectOf(registry, repository, putImage(registry, repository, { tag: 'v1' }));
  const layers = statements.map(([signer, predicate, predicateType = SCAN]) =>
    legacyAttestation(subject, { signer, at }, { predicateType, predicate }),
  );
  storeAttestations(registry, subject, { layers });
  return `${registry.host}/${repository}:v1`;
}

function signedImage(): string {
  const subject = subjectOf(
    registry,
    'acme/signed',
    putImage(registry, 'acme/signed', { tag: 'v1' }),
  );
  storeSignatures(registry, subject, { layers: [legacySignature(subject, { signer: a, at })] });
  return `${registry.host}/acme/signed:v1`;
}

function key({ key: { publicKeyPem } }: Signer): JsonObject {
  return {
    keys: { publicKeys: publicKeyPem, rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } },
  };
}

/** An attestation that these signers must have made. */
function by(signers: readonly Signer[], more: JsonObject = {}, set: JsonObject = {}): JsonObject {
  return { type: SCAN, attestors: [{ entries: signers.map(key), ...set }], ...more };
}

function entry(folder: string, more: JsonObject): JsonObject {
  return { imageReferences: [`${registry.host}/${folder}/*`], ...more };
}

async function admit(
  images: readonly string[],
  verifyImages: readonly JsonObject[],
  spec: JsonObject = {},
): Promise<Decision> {
  const match = { any: [{ resources: { kinds: ['Pod'] } }] };
  const text = dump({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'p' },
    spec: {
      validationFailureAction: 'Enforce',
      ...spec,
      rules: [{ name: 'r', match, verifyImages }],
    },
  });
  return engine.admit(requestFor(pod(images)), {
    policies: policiesFrom(text),
    stage: 'mutate',
    pin: 'pods',
  });
}

/** A refusal is a definite no, with its reason; nothing is expected of one that admits. */
function check(decision: Decision, refusal: RegExp | undefined): void {
  if (refusal === undefined) {
    assert.equal(decision.outcome, 'admitted', decision.message);
    return;
  }
  assert.equal(decision.outcome, 'denied', decision.message);
  assert.match(decision.message, refusal);
  const reasons = decision.records.flatMap(({ verdict }) =>
    verdict.kind === 'fail' ? [verdict.reason] : [],
  );
  assert.deepEqual([...new Set(reasons)], ['CONDITIONS_NOT_MET']);
}

const is = (key: JsonValue, value: JsonValue, more: JsonObject = {}): JsonObject => ({
  key,
  operator: 'Equals',
  value,
  ...more,
});
const OK = is('{{ ok }}', true);
const MISSING = is('{{ missing }}', 1);
const UNKNOWN =
  /failed to substitute variables in attestation conditions: failed to resolve missing at path \/0\/\w+\/\d\/key: JMESPath query failed: Unknown key "missing" in path/;

const CONDITIONS: readonly (readonly [string, readonly JsonObject[], RegExp?])[] = [
  ['what is met', [{ any: [OK] }, { all: [OK] }]],
  ['a field that is not there, after one that holds', [{ any: [OK, MISSING] }], UNKNOWN],
  ['a field that is not there, before one that holds', [{ any: [MISSING, OK] }], UNKNOWN],
  [
    'a field that is not there, after one that fails',
    [{ all: [is('{{ ok }}', false), MISSING] }],
    UNKNOWN,
  ],
  [
    'a field that is not there, in a later block',
    [{ all: [is('{{ ok }}', false)] }, { all: [MISSING] }],
    /Unknown key "missing" in path/,
  ],
  ['a field that is not there, with a default', [{ any: [is("{{ missing || 'x' }}", 'x')] }]],
  [
    'a function that cannot take what is there',
    [{ all: [is('{{ to_upper(ok) }}', 'X')] }],
    /failed to check attestations of image .*to_upper/,
  ],
  [
    'a message with a field that is not there',
    [{ all: [is('{{ ok }}', true, { message: '{{ missing }}' })] }],
    /failed to resolve missing at path \/0\/all\/0\/message/,
  ],
  [
    'a message with a field that is there',
    [{ all: [is('{{ ok }}', false, { message: 'by {{ scanner }}' })] }],
    /attestation checks failed for .*: by trivy/,
  ],
  ['a reference to the other side', [{ all: [is('$(./../value)', 'x')] }]],
  ['the name of the attestation', [{ all: [is('{{ scan.ok }}', true)] }]],
  [
    'MNH-06 the name of the attestation, with a default',
    [{ all: [is("{{ scan.scanner || 'none' }}", 'none')] }],
    /attestation checks failed/,
  ],
  ['an empty any beside all', [{ any: [], all: [OK] }]],
  [
    'an empty any beside all that fails',
    [{ any: [], all: [is('{{ ok }}', false)] }],
    /"?true"? Equals false is false/,
  ],
  ['an empty any alone', [{ any: [] }]],
  ['an empty all', [{ all: [] }]],
];

const scanned = attested('acme', [a, { ok: true, scanner: 'trivy' }]);
const LENIENT = { required: false, verifyDigest: false };

for (const [what, conditions, refusal] of CONDITIONS) {
  test(`conditions of an attestation: ${what}`, async () => {
    const attestations = [by([a], { name: 'scan', conditions })];
    check(await admit([scanned], [entry('acme', { attestations })]), refusal);
  });

  test(`MNH-06 failurePolicy Ignore forgives nothing of conditions of an attestation: ${what}`, async () => {
    const attestations = [by([a], { name: 'scan', conditions })];
    const entries = [entry('acme', { ...LENIENT, attestations })];
    check(await admit([scanned], entries, { failurePolicy: 'Ignore' }), refusal);
  });
}

test('MNH-06 failurePolicy Ignore does not forgive conditions that need data nobody has', async () => {
  const conditions = [{ all: [is('{{ levels.data.max }}', 1)] }];
  const attestations = [by([a], { conditions })];
  const match = { any: [{ resources: { kinds: ['Pod'] } }] };
  const rule = {
    name: 'r',
    match,
    context: [{ name: 'levels', configMap: { name: 'levels', namespace: 'default' } }],
    verifyImages: [entry('acme', { ...LENIENT, attestations })],
  };
  const text = dump({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'p' },
    spec: { validationFailureAction: 'Enforce', failurePolicy: 'Ignore', rules: [rule] },
  });
  const decision = await engine.admit(requestFor(pod([scanned])), {
    policies: policiesFrom(text),
    stage: 'mutate',
    pin: 'pods',
  });
  assert.equal(decision.outcome, 'unknown', decision.message);
  const [record] = decision.records;
  assert.equal(record?.verdict.kind === 'error' && record.verdict.reason, 'CONDITIONS_UNKNOWN');
});

test('names of attestations above are known to conditions below, and no others', async () => {
  const image = attested('acme', [a, { level: 2 }, SBOM], [a, { level: 1 }]);
  const conditions = [{ all: [is('{{ level }}', '{{ sbom.level }}')] }];
  const sbom = by([a], { name: 'sbom', type: SBOM });
  const differs = await admit(
    [image],
    [entry('acme', { attestations: [sbom, by([a], { conditions })] })],
  );
  check(differs, /1 Equals 2 is false/);
  const unknown = await admit(
    [image],
    [entry('acme', { attestations: [by([a], { conditions }), sbom] })],
  );
  check(unknown, /Unknown key "sbom" in path/);
});

const GOOD = { missing: 1 };
const BAD = { missing: 2 };
const NONE = {};

interface CountRow {
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly signers?: readonly Signer[];
  readonly count?: number;
  readonly refusal?: RegExp;
}

const FALSE = /2 Equals 1 is false/;

const COUNTS: readonly CountRow[] = [
  {
    name: 'one of two, the second',
    statements: [
      [a, BAD],
      [b, GOOD],
    ],
    count: 1,
  },
  {
    name: 'one of two, the first',
    statements: [
      [a, GOOD],
      [b, BAD],
    ],
    count: 1,
  },
  {
    name: 'one of two, the first lacks the field',
    statements: [
      [a, NONE],
      [b, GOOD],
    ],
    count: 1,
  },
  {
    name: 'one of two, the second lacks the field',
    statements: [
      [a, GOOD],
      [b, NONE],
    ],
    count: 1,
  },
  { name: 'one of two, the first said nothing', statements: [[b, GOOD]], count: 1 },
  {
    name: 'MNH-10 one of two, none',
    statements: [
      [a, BAD],
      [b, NONE],
    ],
    count: 1,
    refusal: FALSE,
  },
  {
    name: 'MNH-10 two of two, one',
    statements: [
      [a, GOOD],
      [b, BAD],
    ],
    count: 2,
    refusal: FALSE,
  },
  {
    name: 'MNH-10 all, one',
    statements: [
      [a, GOOD],
      [b, BAD],
    ],
    refusal: FALSE,
  },
  {
    name: 'all, all',
    statements: [
      [a, GOOD],
      [b, GOOD],
    ],
  },
  {
    name: 'MNH-10 one good statement does not make up for a bad one of its signer',
    statements: [
      [a, GOOD],
      [a, BAD],
    ],
    count: 1,
    refusal: FALSE,
  },
  {
    name: 'a bad statement beside a good one is no matter of another signer',
    statements: [
      [a, GOOD],
      [a, BAD],
      [b, GOOD],
    ],
    count: 1,
  },
  {
    name: 'MNH-09 a signer that is listed twice counts once, where the other one is bad',
    statements: [
      [a, GOOD],
      [b, BAD],
    ],
    signers: [a, a, b],
    count: 2,
    refusal: FALSE,
  },
  {
    name: 'MNH-09 a signer that is listed twice counts once, where nobody else attested',
    statements: [
      [a, GOOD],
      [b, GOOD],
    ],
    signers: [a, a, b],
    count: 2,
  },
];

for (const { name, statements, signers = [a, b], count: needed, refusal } of COUNTS)
  test(`signers whose statements meet the conditions count: ${name}`, async () => {
    const image = attested('acme', ...statements);
    const set = needed === undefined ? {} : { count: needed };
    const attestations = [by(signers, { conditions: [{ all: [MISSING] }] }, set)];
    check(await admit([image], [entry('acme', { attestations })]), refusal);
  });

test('signers whose statements meet the conditions count: in a set inside a set', async () => {
  const nested = { attestor: { count: 1, entries: [key(a), key(b)] } };
  const attestations = (entries: readonly JsonObject[]): readonly JsonObject[] => [
    { type: SCAN, attestors: [{ entries }], conditions: [{ all: [MISSING] }] },
  ];
  const image = attested('acme', [a, BAD], [b, GOOD]);
  const entries = [entry('acme', { attestations: attestations([nested]) })];
  check(await admit([image], entries), undefined);
  const strict = [entry('acme', { attestations: attestations([nested, key(a)]) })];
  check(await admit([image], strict), FALSE);
});

const both = (first: Signer, second: Signer): JsonObject => {
  const publicKeys = `${first.key.publicKeyPem}\n${second.key.publicKeyPem}`;
  return { keys: { publicKeys, rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } } };
};

const SEVERAL_KEYS: readonly (readonly [string, JsonObject, JsonObject, boolean])[] = [
  ['the first attested', both(a, b), {}, true],
  ['the first attested, count 1', both(a, b), { count: 1 }, true],
  ['the second attested', both(b, a), {}, false],
  ['the second attested, count 1', both(b, a), { count: 1 }, false],
];

for (const [what, keys, set, isAdmitted] of SEVERAL_KEYS)
  test(`of several keys in one text the first counts for attestations: ${what}`, async () => {
    const attestations = [{ type: SCAN, attestors: [{ entries: [keys], ...set }] }];
    const decision = await admit([scanned], [entry('acme', { attestations })]);
    assert.equal(decision.outcome, isAdmitted ? 'admitted' : 'denied', decision.message);
    if (!isAdmitted) assert.match(decision.message, /attestors\[0\]\.entries\[0\]\.keys: /);
  });

const NEVER = { message: 'no', deny: { conditions: { any: [is('a', 'a')] } } };
const denying = (...any: readonly JsonObject[]): JsonObject => ({ deny: { conditions: { any } } });
const SIGNED = { attestors: [{ entries: [key(a)] }] };

interface DenyRow {
  readonly name: string;
  readonly entries: readonly JsonObject[];
  readonly images: readonly string[];
  readonly refusal?: RegExp;
}

const acme = attested('acme', [a, { level: 1, of: 'scan' }], [a, { of: 'sbom' }, SBOM]);
const other = attested('other', [a, { level: 1 }]);
const bothSaid = attested('acme', [a, { level: 9 }], [b, { of: 'b' }]);
const twoSaid = attested('acme', [a, { level: 1, x: 1 }], [b, { level: 2, y: 1 }]);
const signed = signedImage();
const LEVEL = "{{ scan.level || 'none' }}";

const DENIALS: readonly DenyRow[] = [
  {
    name: 'of an entry with signatures for other images is asked as well',
    entries: [
      entry('acme', { attestations: [by([a])] }),
      entry('other', { ...SIGNED, validate: NEVER }),
    ],
    images: [acme],
    refusal: /validation in verifyImages failed: no/,
  },
  {
    name: 'of an entry above is asked as well',
    entries: [
      entry('other', { ...SIGNED, validate: NEVER }),
      entry('acme', { attestations: [by([a])] }),
    ],
    images: [acme],
    refusal: /asked of an image of spec\.rules\[0\]\.verifyImages\[1\]/,
  },
  {
    name: 'of an entry with attestations for other images is asked as well',
    entries: [
      entry('acme', { attestations: [by([a])] }),
      entry('other', { attestations: [by([a])], validate: NEVER }),
    ],
    images: [acme],
    refusal: /validation in verifyImages failed: no/,
  },
  {
    name: 'sees the names of the entry that is asked about',
    entries: [
      entry('acme', { attestations: [by([a], { name: 'scan' })] }),
      entry('other', { ...SIGNED, validate: denying(is('{{ scan.level }}', 1)) }),
    ],
    images: [acme],
    refusal: /1 Equals 1 is true/,
  },
  {
    name: 'admits where it does not hold',
    entries: [
      entry('acme', { attestations: [by([a], { name: 'scan' })] }),
      entry('other', { ...SIGNED, validate: denying(is('{{ scan.level }}', 2)) }),
    ],
    images: [acme],
  },
  {
    name: 'fails where nothing has the name that it asks for',
    entries: [
      entry('acme', { attestations: [by([a], { name: 'scan' })] }),
      entry('other', {
        attestations: [by([a], { name: 'other' })],
        validate: denying(is('{{ other.level }}', 2)),
      }),
    ],
    images: [acme],
    refusal:
      /failed to check deny conditions: failed to substitute variables in condition key: failed to resolve other\.level .*Unknown key "other"/,
  },
  {
    name: 'sees what entries above were told of the same image',
    entries: [
      entry('acme', {
        attestations: [by([a], { name: 'scan' })],
        validate: denying(is('{{ scan.level }}', 2)),
      }),
      entry('acme', { attestations: [by([a], { type: SBOM, name: 'sbom' })] }),
    ],
    images: [acme, acme],
  },
  {
    name: 'does not see what entries below are told',
    entries: [
      entry('acme', { attestations: [by([a], { type: SBOM, name: 'sbom' })] }),
      entry('acme', {
        attestations: [by([a], { name: 'scan' })],
        validate: denying(is('{{ scan.level }}', 2)),
      }),
    ],
    images: [acme],
    refusal: /Unknown key "scan"/,
  },
  {
    name: 'sees what entries above were told of other images, where nothing else has the name',
    entries: [
      entry('acme', {
        attestations: [by([a], { name: 'scan' })],
        validate: denying(is('{{ scan.of }}', 'never')),
      }),
      entry('other', { attestations: [by([a], { name: 'other' })] }),
    ],
    images: [other, acme],
  },
  {
    name: 'takes nothing from other images into what was stated about this one',
    entries: [
      entry('acme', { attestations: [by([a], { name: 'scan' })] }),
      entry('other', {
        attestations: [by([a], { name: 'scan' })],
        validate: denying(is("{{ scan.of || 'nothing' }}", 'nothing')),
      }),
    ],
    images: [acme, other],
    refusal: /"nothing" Equals "nothing" is true/,
  },
  {
    name: 'is not asked where only signatures verified',
    entries: [entry('acme', SIGNED), entry('other', { attestations: [by([a])], validate: NEVER })],
    images: [signed],
  },
  {
    name: 'sees nothing of a signer who was not asked any more',
    entries: [
      entry('acme', {
        attestations: [by([a, b], { name: 'scan' }, { count: 1 })],
        validate: denying(is('{{ scan.level }}', 2)),
      }),
    ],
    images: [twoSaid],
  },
  {
    name: 'MNH-10 sees each signer who is needed',
    entries: [
      entry('acme', {
        attestations: [by([a, b], { name: 'scan' })],
        validate: denying(is('{{ scan.level }}', 1)),
      }),
    ],
    images: [twoSaid],
    refusal: /1 Equals 1 is true/,
  },
  {
    name: 'MNH-10 sees what somebody stated who does not count, below what others state',
    entries: [
      entry('acme', {
        attestations: [
          by(
            [a, b],
            { name: 'scan', conditions: [{ all: [is("{{ of || 'a' }}", 'b')] }] },
            { count: 1 },
          ),
        ],
        validate: denying(is(LEVEL, 9)),
      }),
    ],
    images: [bothSaid],
    refusal: /9 Equals 9 is true/,
  },
  {
    name: 'MNH-10 sees the fields of two attestations with one name, mixed and each by itself',
    entries: [
      entry('acme', {
        attestations: [by([a], { name: 'scan' }), by([a], { name: 'scan', type: SBOM })],
        validate: denying(is(LEVEL, 1)),
      }),
    ],
    images: [acme],
    refusal: /1 Equals 1 is true/,
  },
];

for (const { name, entries, images, refusal } of DENIALS)
  test(`validate.deny ${name}`, async () => check(await admit(images, entries), refusal));
