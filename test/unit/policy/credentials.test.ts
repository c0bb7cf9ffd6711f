import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialQuestion } from '#shared/admission/registry-doors.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { parseSecretPlace } from '#shared/workload/secret-place.ts';
import { entry, faultLines, policyDocument, rule, verifyRule } from './sample-policy.ts';

function document(imageRegistryCredentials: JsonValue, policy: JsonObject = {}): JsonObject {
  const verifyImages = [entry({ imageRegistryCredentials })];
  return { ...policyDocument([rule({ verifyImages })]), ...policy };
}

const OF_TEAM = { kind: 'Policy', metadata: { name: 'p', namespace: 'team' } };

const PLACES: readonly (readonly [string, readonly [string | undefined, string] | null])[] = [
  ['regcred', [undefined, 'regcred']],
  ['team/regcred', ['team', 'regcred']],
  ['/regcred', [undefined, 'regcred']],
  ['a.b-c', [undefined, 'a.b-c']],
  ['', null],
  ['/', null],
  ['team/', null],
  ['a/b/c', null],
  ['../x', null],
  ['a/..', null],
  ['Upper', null],
  ['a b', null],
  ['a?x=1', null],
  ['a%2fb', null],
];

for (const [text, wanted] of PLACES) {
  test(`parseSecretPlace(): ${JSON.stringify(text)}`, () => {
    const place = parseSecretPlace(text);
    assert.deepEqual(place === undefined ? null : [place.namespace, place.name], wanted);
  });
}

test('imageRegistryCredentials: reads all fields', () => {
  const written = { secrets: ['a', 'b/c'], providers: ['default'] };
  const [read] = verifyRule(document(written)).entries;
  assert.deepEqual(read?.credentials, { ...written, allowInsecureRegistry: false });
});

test('imageRegistryCredentials: null is none, and nothing replaces the usual credentials then', () => {
  assert.equal(verifyRule(document(null)).entries[0]?.credentials, undefined);
});

const AT = 'spec.rules[0].verifyImages[0].imageRegistryCredentials';

const FAULTS: readonly (readonly [what: string, JsonValue, fault: string])[] = [
  ['a list', [], `error ${AT}: found a list, expected a mapping`],
  ['an unknown field', { helpers: ['default'] }, `error ${AT}.helpers: unknown field`],
  [
    'a provider that is none',
    { providers: ['gcp'] },
    `error ${AT}.providers[0]: found "gcp", expected default, google, azure, amazon, github`,
  ],
  [
    'text for secrets',
    { secrets: 'a' },
    `error ${AT}.secrets: found the string "a", expected a list of strings`,
  ],
  [
    'what is no name',
    { secrets: ['a', '../b'] },
    `error ${AT}.secrets[1]: found "../b", expected the name of a Secret, "name" or "namespace/name"`,
  ],
  [
    'too many',
    { secrets: Array.from({ length: 21 }, () => 'a') },
    `error ${AT}.secrets: has 21 entries, expected at most 20`,
  ],
  [
    'text for a switch',
    { allowInsecureRegistry: 'yes' },
    `error ${AT}.allowInsecureRegistry: found the string "yes", expected true or false`,
  ],
  [
    'plain HTTP by the policy alone',
    { allowInsecureRegistry: true },
    `warning ${AT}.allowInsecureRegistry: counts only for registries that the webhook was allowed to reach by plain HTTP (--insecure-registry)`,
  ],
];

test('imageRegistryCredentials: every provider of Kyverno is read without a fault', () => {
  const providers = ['default', 'google', 'azure', 'amazon', 'github'];
  assert.deepEqual(faultLines(document({ providers })), []);
});

for (const [what, written, fault] of FAULTS) {
  test(`imageRegistryCredentials: tells ${what}`, () => {
    const lines = faultLines(document(written));
    assert.ok(lines.includes(fault), lines.join('\n'));
  });
}

for (const [secret, isRefused] of [
  ['regcred', true],
  ['/regcred', true],
  ['other/regcred', true],
  ['team/regcred', false],
  ['{{ request.namespace }}/regcred', false],
] as const) {
  test(`MNH-20 imageRegistryCredentials: a policy of namespace "team" names ${secret}`, () => {
    const lines = faultLines(document({ secrets: [secret] }, OF_TEAM));
    const fault = `unsupported ${AT}.secrets[0]: found "${secret}", expected "team/NAME": a policy of a namespace uses Secrets of that namespace only`;
    assert.equal(lines.includes(fault), isRefused, lines.join('\n'));
    assert.deepEqual(
      faultLines(document({ secrets: [secret] })).filter((line) => line.includes('Secret')),
      [],
    );
  });
}

test('imageRegistryCredentials: variables are filled before they are used', () => {
  const { template } = verifyRule(document({ secrets: ['{{ request.namespace }}/regcred'] }));
  assert.ok(template !== undefined);
});

const PULL = { namespace: 'prod', serviceAccountName: 'default', imagePullSecrets: [] };

const QUESTIONS: readonly (readonly [
  what: string,
  providers: readonly string[],
  secrets: readonly string[],
  usesOwn: boolean,
])[] = [
  ['Secrets alone replace the webhook’s own', [], ['a'], false],
  ['the default provider adds them', ['default'], ['a'], true],
  ['nothing named means them', [], [], true],
];

for (const [what, providers, secrets, usesOwn] of QUESTIONS) {
  test(`credentialQuestion(): ${what}`, () => {
    const credentials = { providers, secrets, allowInsecureRegistry: false };
    const question = credentialQuestion(credentials, undefined, PULL);
    assert.equal(question.usesOwn, usesOwn);
    assert.equal(question.secrets.length, secrets.length);
    assert.equal(question.pull, PULL);
  });
}

for (const [secret, namespace, message] of [
  [
    'regcred',
    'team',
    /"regcred" .*: a policy of a namespace uses Secrets of that namespace only, "team\/NAME"/,
  ],
  ['other/regcred', 'team', /"other\/regcred" .*: a policy of a namespace uses/],
  ['../x', undefined, /"\.\.\/x" .*: a name or "namespace\/name" is wanted/],
] as const) {
  test(`MNH-20 credentialQuestion(): ${secret} is not for a policy of ${namespace ?? 'the cluster'}`, () => {
    const credentials = { providers: [], secrets: [secret], allowInsecureRegistry: false };
    assert.throws(() => credentialQuestion(credentials, namespace, PULL), {
      code: 'UNAUTHORIZED',
      message,
    });
  });
}
