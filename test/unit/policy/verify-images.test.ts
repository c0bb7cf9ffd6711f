import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import type {
  ActionOverride,
  AttestorSet,
  FailureAction,
  KeyAttestor,
  Mode,
} from '#shared/policy/model.ts';
import { MAX_ATTESTOR_DEPTH } from '#shared/policy/read-attestor-set.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { effectiveMode } from '#shared/policy/effective-mode.ts';
import {
  entry,
  faultLines,
  KEY,
  keySet,
  newKey,
  ownRule,
  policyDocument,
  rule,
  verifyRule,
} from './sample-policy.ts';

const OTHER_KEY = newKey();

function verifying(...entries: readonly JsonObject[]): JsonObject {
  return policyDocument([rule({ verifyImages: entries })]);
}

function attestorSets(...sets: readonly JsonObject[]): readonly AttestorSet[] {
  return verifyRule(verifying(entry({ attestors: sets }))).entries[0]?.attestors ?? [];
}

function keys(set: AttestorSet | undefined): readonly KeyAttestor[] {
  return (set?.entries ?? []).flatMap((attestor) => (attestor.kind === 'key' ? [attestor] : []));
}

function fingerprint(pem: string): string | undefined {
  return parsePublicKeys(pem)[0]?.fingerprint;
}

test('an entry has the defaults of Kyverno', () => {
  const [only] = verifyRule(verifying(entry())).entries;
  assert.ok(only !== undefined);
  const { attestors, ...rest } = only;
  assert.deepEqual(rest, {
    path: 'spec.rules[0].verifyImages[0]',
    imageReferences: ['registry.example/*'],
    skipImageReferences: [],
    formats: 'any',
    mutateDigest: true,
    verifyDigest: true,
    required: true,
  });
  assert.deepEqual(
    attestors.map(({ path, count, entries }) => [path, count, entries.length]),
    [['spec.rules[0].verifyImages[0].attestors[0]', 'all', 1]],
  );
});

test('an entry keeps what its author wrote', () => {
  const document = verifying(
    entry({
      type: 'SigstoreBundle',
      skipImageReferences: ['registry.example/base/*'],
      mutateDigest: false,
      verifyDigest: false,
      required: false,
      useCache: false,
      cosignOCI11: true,
    }),
  );
  const [only] = verifyRule(document).entries;
  assert.deepEqual(
    [
      only?.formats,
      only?.skipImageReferences,
      only?.mutateDigest,
      only?.verifyDigest,
      only?.required,
    ],
    ['bundle', ['registry.example/base/*'], false, false, false],
  );
  assert.deepEqual(faultLines(document), []);
});

/** Kyverno 1.19: count over the entries after every PEM block has become one. */
const COUNTS: readonly (readonly [string, JsonObject, number | 'all', number])[] = [
  ['no count is all', { entries: [keys1(KEY), keys1(OTHER_KEY)] }, 'all', 2],
  ['null is all', { count: null, entries: [keys1(KEY), keys1(OTHER_KEY)] }, 'all', 2],
  ['0 is all', { count: 0, entries: [keys1(KEY)] }, 'all', 1],
  ['no count is all blocks of a key', { entries: [keys1(`${KEY}\n${OTHER_KEY}`)] }, 'all', 2],
  ['1 of two blocks', { count: 1, entries: [keys1(`${KEY}\n${OTHER_KEY}`)] }, 1, 2],
  ['2 of one entry and two blocks', { count: 2, entries: [keys1(`${KEY}${OTHER_KEY}`)] }, 2, 2],
  [
    '1 of a key and a nested set',
    { count: 1, entries: [keys1(KEY), { attestor: keySet(OTHER_KEY) }] },
    1,
    2,
  ],
];

function keys1(pem: string): JsonObject {
  return { keys: { publicKeys: pem } };
}

for (const [name, set, count, entries] of COUNTS) {
  test(`attestor count: ${name}`, () => {
    const [only] = attestorSets(set);
    assert.deepEqual([only?.count, only?.entries.length], [count, entries]);
  });
}

test('sets nest, each with its own count', () => {
  const [outer] = attestorSets({
    entries: [{ attestor: { count: 1, entries: [keys1(KEY), keys1(OTHER_KEY)] } }],
  });
  const [nested] = outer?.entries ?? [];
  assert.ok(nested?.kind === 'nested');
  assert.equal(nested.path, 'spec.rules[0].verifyImages[0].attestors[0].entries[0].attestor');
  assert.deepEqual([nested.set.count, nested.set.entries.length], [1, 2]);
});

test('keys become key objects with their fingerprint and hash', () => {
  const [set] = attestorSets({
    entries: [{ keys: { publicKeys: KEY, signatureAlgorithm: 'sha512' } }],
  });
  const [key] = keys(set);
  assert.equal(key?.key.fingerprint, fingerprint(KEY));
  assert.equal(key?.key.hash, 'sha512');
  assert.equal(key?.path, 'spec.rules[0].verifyImages[0].attestors[0].entries[0].keys');
});

const LOGS: readonly (readonly [string, JsonObject, unknown])[] = [
  ['absent', {}, { kind: 'required', url: 'https://rekor.sigstore.dev', keys: 0 }],
  ['ignored', { rekor: { ignoreTlog: true, url: 'https://x.example' } }, { kind: 'ignored' }],
  [
    'not ignored',
    { rekor: { ignoreTlog: false } },
    { kind: 'required', url: 'https://rekor.sigstore.dev', keys: 0 },
  ],
  [
    'another log',
    { rekor: { url: 'https://x.example', pubkey: OTHER_KEY } },
    { kind: 'required', url: 'https://x.example', keys: 1 },
  ],
];

for (const [name, more, expected] of LOGS) {
  test(`rekor ${name}: a log entry is ${JSON.stringify(expected)}`, () => {
    const [set] = attestorSets({
      entries: [{ keys: { publicKeys: KEY, ctlog: { ignoreSCT: true }, ...more } }],
    });
    const log = keys(set)[0]?.log;
    assert.deepEqual(
      log?.kind === 'required'
        ? { kind: log.kind, url: log.url, keys: log.publicKeys.length }
        : log,
      expected,
    );
  });
}

test("an attestor's annotations and repository replace those of its entry", () => {
  const set = {
    entries: [
      keys1(KEY),
      { ...keys1(OTHER_KEY), annotations: { b: '2' }, repository: 'r.example/own' },
      { attestor: { entries: [keys1(newKey())] } },
    ],
  };
  const document = verifying(
    entry({ attestors: [set], annotations: { a: '1' }, repository: 'r.example/shared' }),
  );
  const [read] = verifyRule(document).entries[0]?.attestors ?? [];
  const nested = read?.entries[2];
  const all = [...keys(read), ...keys(nested?.kind === 'nested' ? nested.set : undefined)];
  assert.deepEqual(
    all.map(({ annotations, repository }) => [annotations, repository]),
    [
      [{ a: '1' }, 'r.example/shared'],
      [{ b: '2' }, 'r.example/own'],
      [{ a: '1' }, 'r.example/shared'],
    ],
  );
});

test('an empty repository, and annotations without any, say nothing', () => {
  const nothing = { annotations: {}, repository: '' };
  const set = { entries: [{ ...keys1(KEY), ...nothing }] };
  const ofEntry = { annotations: { a: '1' }, repository: 'r.example/shared' };
  const read = (changes: JsonObject): unknown => {
    const document = verifying(entry({ attestors: [set], ...changes }));
    const [only] = keys(verifyRule(document).entries[0]?.attestors[0]);
    return [only?.annotations, only?.repository];
  };
  assert.deepEqual(read(ofEntry), [{ a: '1' }, 'r.example/shared']);
  assert.deepEqual(read(nothing), [{}, undefined]);
});

test('the shorthand key is one attestor set', () => {
  const document = verifying({
    image: 'registry.example/*',
    key: `${KEY}\n${OTHER_KEY}`,
    annotations: { a: '1' },
  });
  const [only] = verifyRule(document).entries;
  assert.deepEqual(only?.imageReferences, ['registry.example/*']);
  const [set, ...more] = only?.attestors ?? [];
  assert.deepEqual(more, []);
  assert.equal(set?.count, 'all');
  assert.deepEqual(
    keys(set).map(({ annotations, log }) => [annotations, log.kind]),
    [
      [{ a: '1' }, 'required'],
      [{ a: '1' }, 'required'],
    ],
  );
  assert.deepEqual(faultLines(document), [
    'warning spec.rules[0].verifyImages[0].image: deprecated, write "imageReferences" instead',
    'warning spec.rules[0].verifyImages[0].key: deprecated, write "attestors" instead',
  ]);
});

const AT = 'spec.rules[0].verifyImages[0]';
const SET = `${AT}.attestors[0]`;
const KEYS = `${SET}.entries[0].keys`;

const CONDITION: JsonObject = { key: '{{ a.x }}', operator: 'Equals', value: 'x' };

function named(name: string): JsonObject {
  return { type: 'x', name, attestors: [keySet()] };
}

function nestedSet(depth: number): JsonObject {
  return depth === 0 ? keySet() : { entries: [{ attestor: nestedSet(depth - 1) }] };
}

const FAULTS: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  [
    'MNH-05 a set without entries',
    { attestors: [{ entries: [] }] },
    [
      `error ${SET}.entries: found no entries, expected at least one: an empty set would accept every image`,
    ],
  ],
  [
    'MNH-05 no attestors with required',
    { attestors: [] },
    [
      `warning ${AT}.attestors: found no attestors: nothing in this rule can then verify an image, so "required" (its default) refuses every one, as in Kyverno 1.19; name attestors, or write "required: false" to only pin digests`,
    ],
  ],
  [
    'MNH-05 no attestors without required',
    { attestors: [], required: false },
    [
      `warning ${AT}.attestors: found no attestors: no signature is verified, only digests are looked at`,
    ],
  ],
  [
    'MNH-05 no image references',
    { imageReferences: [] },
    [
      `error ${AT}.imageReferences: found no pattern, expected at least one: the entry would verify nothing`,
    ],
  ],
  [
    'variables in image references',
    { imageReferences: ['{{ a }}/*'] },
    [
      `error ${AT}.imageReferences: found a variable, expected plain patterns: image references take none`,
    ],
  ],
  [
    'an empty attestor',
    { attestors: [{ entries: [{}] }] },
    [
      `error ${SET}.entries[0]: found none of them, expected exactly one of "keys", "certificates", "keyless" or "attestor"`,
    ],
  ],
  [
    'two kinds in one attestor',
    { attestors: [{ entries: [{ ...keys1(KEY), keyless: {} }] }] },
    [
      `error ${SET}.entries[0]: found keys and keyless, expected exactly one of "keys", "certificates", "keyless" or "attestor"`,
    ],
  ],
  [
    'keys from nowhere',
    { attestors: [{ entries: [{ keys: {} }] }] },
    [`error ${KEYS}: found none of them, expected exactly one of "publicKeys", "secret" or "kms"`],
  ],
  [
    'a count above the entries',
    { attestors: [keySet(KEY), { ...keySet(KEY), count: 2 }] },
    [`error ${AT}.attestors[1].count: found 2, expected at most 1, the number of entries`],
  ],
  [
    'a negative count',
    { attestors: [{ ...keySet(KEY), count: -1 }] },
    [`error ${SET}.count: found the number -1, expected a whole number from 0 to 1000`],
  ],
  [
    'MNH-09 one key twice',
    { attestors: [{ entries: [keys1(KEY), keys1(KEY)] }] },
    [`warning ${SET}.entries: the same key is listed more than once; it counts as one signer`],
  ],
  [
    'attestations of one name',
    {
      attestations: [named('a'), named('b'), named('a'), named(''), named('')],
      validate: { deny: { conditions: { any: [CONDITION] } } },
    },
    [
      `warning ${AT}.attestations[2].name: found "a" twice: "validate" is then asked about what this brings, about what ${AT}.attestations[0] brings, and about the fields of both mixed (Kyverno 1.19 only mixes them); give each attestation a name of its own`,
    ],
  ],
  [
    'attestations of one name that nothing asks for',
    { attestations: [named('a'), named('a')] },
    [],
  ],
  [
    'a bad algorithm',
    { attestors: [{ entries: [{ keys: { publicKeys: KEY, signatureAlgorithm: 'md5' } }] }] },
    [
      `error ${KEYS}.signatureAlgorithm: found "md5", expected "sha224", "sha256", "sha384" or "sha512"`,
    ],
  ],
  [
    'an algorithm beside the keys',
    { attestors: [keySet(KEY, { signatureAlgorithm: 'sha512' })] },
    [`warning ${SET}.entries[0].signatureAlgorithm: has no effect here, write it inside "keys"`],
  ],
  [
    'text that is no key',
    { attestors: [keySet('hello')] },
    [
      `error ${KEYS}.publicKeys: Cannot read public key: found text that starts "hello", expected a PEM block "PUBLIC KEY" or "RSA PUBLIC KEY" (ECDSA P-256, P-384, P-521, RSA, Ed25519)`,
    ],
  ],
  [
    'a log key that is no key',
    { attestors: [{ entries: [{ keys: { publicKeys: KEY, rekor: { pubkey: 'hello' } } }] }] },
    [
      `error ${KEYS}.rekor.pubkey: Cannot read public key: found text that starts "hello", expected a PEM block "PUBLIC KEY" or "RSA PUBLIC KEY" (ECDSA P-256, P-384, P-521, RSA, Ed25519)`,
    ],
  ],
  [
    'a log that is no URL',
    { attestors: [{ entries: [{ keys: { publicKeys: KEY, rekor: { url: 'rekor' } } }] }] },
    [`error ${KEYS}.rekor.url: found "rekor", expected an http or https URL`],
  ],
  [
    'an unknown field of rekor',
    { attestors: [{ entries: [{ keys: { publicKeys: KEY, rekor: { ignoreTLog: true } } }] }] },
    [`error ${KEYS}.rekor.ignoreTLog: unknown field, did you mean "ignoreTlog"?`],
  ],
  [
    'a log of certificates for keys',
    { attestors: [{ entries: [{ keys: { publicKeys: KEY, ctlog: { pubkey: KEY } } }] }] },
    [`warning ${KEYS}.ctlog.pubkey: has no effect on keys, only certificates are in that log`],
  ],
  [
    'a deprecated predicateType',
    { attestations: [{ predicateType: 'x' }] },
    [
      `warning ${AT}.attestations[0].predicateType: deprecated, write "type" instead`,
      `unsupported ${AT}.attestations[0].attestors: found no attestors: Kyverno then accepts whoever has any Sigstore certificate, which is not done here; name who must have attested`,
    ],
  ],
  [
    'a lower-case action',
    { failureAction: 'enforce' },
    [`error ${AT}.failureAction: found "enforce", expected "Enforce" or "Audit"`],
  ],
  [
    'a type of old',
    { type: 'cosign' },
    [`error ${AT}.type: found "cosign", expected "Cosign", "SigstoreBundle" or "Notary"`],
  ],
  [
    'annotations that are no text',
    { annotations: { a: true } },
    [`error ${AT}.annotations.a: found the boolean true, expected a string`],
  ],
  [
    'a pattern that misses pinned images',
    { imageReferences: ['ghcr.io/a/b:*', 'ghcr.io/a/c*', 'ghcr.io/a/d@sha256:*'] },
    [
      `warning ${AT}.imageReferences[0]: "ghcr.io/a/b:*" does not match references with a digest, so pinned images go unchecked; list "ghcr.io/a/b@*" beside it`,
    ],
  ],
  [
    'attestors in attestors in attestors',
    { attestors: [nestedSet(MAX_ATTESTOR_DEPTH + 1)] },
    [
      `error ${SET}${'.entries[0].attestor'.repeat(MAX_ATTESTOR_DEPTH + 1)}: is nested deeper than 8 levels, expected fewer`,
    ],
  ],
  ['many attestors in attestors', { attestors: [nestedSet(MAX_ATTESTOR_DEPTH)] }, []],
];

for (const [name, changes, lines] of FAULTS) {
  test(`an entry with ${name} is told`, () => {
    assert.deepEqual(faultLines(verifying(entry(changes))), lines);
  });
}

/** Kyverno 1.19 */
const ACTIONS: readonly (readonly [string, JsonObject, readonly JsonObject[], FailureAction])[] = [
  [
    'nothing written',
    { validationFailureAction: null },
    [entry()],
    { mode: 'audit', overrides: [] },
  ],
  [
    'lower case',
    { validationFailureAction: 'enforce' },
    [entry()],
    { mode: 'enforce', overrides: [] },
  ],
  [
    'one entry enforces',
    { validationFailureAction: 'Audit' },
    [entry({ failureAction: 'Audit' }), entry({ failureAction: 'Enforce' })],
    { mode: 'enforce', overrides: [] },
  ],
  [
    'an entry audits',
    { validationFailureAction: 'Enforce' },
    [entry(), entry({ failureAction: 'Audit' })],
    { mode: 'audit', overrides: [] },
  ],
  [
    'overrides',
    {
      validationFailureAction: 'Audit',
      validationFailureActionOverrides: [{ action: 'enforce', namespaces: ['prod-*'] }],
    },
    [entry()],
    { mode: 'audit', overrides: [{ mode: 'enforce', namespaces: ['prod-*'] }] },
  ],
  [
    "an entry's own action beats the overrides",
    { validationFailureActionOverrides: [{ action: 'Audit', namespaces: ['*'] }] },
    [entry({ failureAction: 'Enforce' })],
    { mode: 'enforce', overrides: [] },
  ],
];

for (const [name, spec, entries, action] of ACTIONS) {
  test(`the action of a rule with ${name}`, () => {
    assert.deepEqual(
      verifyRule(policyDocument([rule({ verifyImages: entries })], spec)).action,
      action,
    );
  });
}

test('overrides may select namespaces by label', () => {
  const spec = {
    validationFailureActionOverrides: [
      { action: 'Audit', namespaces: ['a'], namespaceSelector: { matchLabels: { env: 'p*' } } },
    ],
  };
  assert.deepEqual(ownRule(policyDocument([rule()], spec)).action.overrides, [
    {
      mode: 'audit',
      namespaces: ['a'],
      namespaceSelector: { matchLabels: { env: 'p*' }, matchExpressions: [] },
    },
  ]);
});

test('an override without an action is an error', () => {
  const spec = { validationFailureActionOverrides: [{ namespaces: ['a'] }] };
  assert.deepEqual(faultLines(policyDocument([rule()], spec)), [
    'error spec.validationFailureActionOverrides[0].action: missing, expected "Enforce" or "Audit"',
  ]);
});

test("a validate rule's own action and overrides beat those of the policy", () => {
  const pattern = { spec: { containers: [{ image: '*@*' }] } };
  const action = (validate: JsonObject): FailureAction =>
    ownRule(
      policyDocument([rule({ verifyImages: undefined, validate: { pattern, ...validate } })], {
        validationFailureAction: 'Audit',
        validationFailureActionOverrides: [{ action: 'Enforce', namespaces: ['a'] }],
      }),
    ).action;
  const own = [{ action: 'Audit', namespaces: ['b'] }];
  assert.deepEqual(action({}), {
    mode: 'audit',
    overrides: [{ mode: 'enforce', namespaces: ['a'] }],
  });
  assert.deepEqual(action({ failureAction: 'Enforce' }), { mode: 'enforce', overrides: [] });
  assert.deepEqual(action({ failureAction: 'Enforce', failureActionOverrides: own }), {
    mode: 'enforce',
    overrides: [{ mode: 'audit', namespaces: ['b'] }],
  });
  assert.deepEqual(action({ failureActionOverrides: own }).overrides.length, 2);
});

const MODES: readonly (readonly [FailureAction, string, string])[] = [
  [{ mode: 'audit', overrides: [] }, 'a', 'audit'],
  [
    { mode: 'audit', overrides: [{ mode: 'enforce', namespaces: ['prod-*', 'a'] }] },
    'prod-1',
    'enforce',
  ],
  [{ mode: 'audit', overrides: [{ mode: 'enforce', namespaces: ['prod-*'] }] }, 'dev', 'audit'],
  [{ mode: 'enforce', overrides: [{ mode: 'audit', namespaces: [] }] }, 'dev', 'audit'],
  [
    {
      mode: 'audit',
      overrides: [
        { mode: 'enforce', namespaces: ['a*'] },
        { mode: 'audit', namespaces: ['ab'] },
      ],
    },
    'ab',
    'enforce',
  ],
  [{ mode: 'enforce', overrides: [{ mode: 'audit', namespaces: ['?*'] }] }, '', 'enforce'],
];

for (const [action, namespace, mode] of MODES) {
  test(`effectiveMode in "${namespace}" of ${JSON.stringify(action)}`, () => {
    assert.equal(effectiveMode(action, { namespace, namespaceLabels: {} }), mode);
  });
}

function selecting(mode: Mode, value: string, namespaces: readonly string[] = []): ActionOverride {
  const namespaceSelector = { matchLabels: { env: value }, matchExpressions: [] };
  return { mode, namespaces, namespaceSelector };
}

/** Overrides of an auditing rule; with the labels env=prod, and with labels that are not known. */
const SELECTED_MODES: readonly (readonly [string, readonly ActionOverride[], string, string])[] = [
  ['a selector', [selecting('enforce', 'prod')], 'enforce', 'unknown'],
  ['another selector', [selecting('enforce', 'dev')], 'audit', 'unknown'],
  ['a selector and the namespace', [selecting('enforce', 'p*', ['a'])], 'enforce', 'unknown'],
  ['a selector and another namespace', [selecting('enforce', 'p*', ['b'])], 'audit', 'audit'],
  ['a selector that changes nothing', [selecting('audit', 'prod')], 'audit', 'audit'],
  [
    'a selector after one that holds',
    [{ mode: 'enforce', namespaces: ['a'] }, selecting('audit', 'prod')],
    'enforce',
    'enforce',
  ],
  [
    'a selector before one that holds',
    [selecting('audit', 'prod'), { mode: 'enforce', namespaces: ['a'] }],
    'audit',
    'unknown',
  ],
];

for (const [name, overrides, mode, withoutLabels] of SELECTED_MODES) {
  test(`effectiveMode with overrides by label: ${name}`, () => {
    const action: FailureAction = { mode: 'audit', overrides };
    const namespaceLabels = { env: 'prod' };
    assert.equal(effectiveMode(action, { namespace: 'a', namespaceLabels }), mode);
    const unknown = { namespace: 'a', namespaceLabels: undefined };
    assert.equal(effectiveMode(action, unknown), withoutLabels);
  });
}
