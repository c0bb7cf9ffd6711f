import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from '#shared/base/fault.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { readFilledEntries } from '#shared/policy/fill-entries.ts';
import { readPolicy } from '#shared/policy/read-policy.ts';
import { entry, policyDocument, rule } from './sample-policy.ts';

const bySecret = (namespace: string): JsonObject => ({
  keys: { secret: { namespace, name: 'a' } },
});
const byReference = (uri: string): JsonObject => ({ keys: { publicKeys: uri } });
const setOf = (...entries: readonly JsonObject[]): readonly JsonValue[] => [{ entries }];

/** What an entry of a policy in namespace `own` says, and the Secret that it must not use. */
const ROWS: readonly (readonly [string, JsonObject, string | undefined])[] = [
  ['a Secret of its own', { attestors: setOf(bySecret('own')) }, undefined],
  ['a reference to one of its own', { attestors: setOf(byReference('k8s://own/a')) }, undefined],
  ['a key service', { attestors: setOf(byReference('awskms:///alias/a')) }, undefined],
  ['a Secret of others', { attestors: setOf(bySecret('other')) }, 'k8s://other/a'],
  [
    'a namespace that starts alike',
    { attestors: setOf(byReference('k8s://own-too/a')) },
    'k8s://own-too/a',
  ],
  ['a reference to others', { attestors: setOf(byReference('k8s://other/a')) }, 'k8s://other/a'],
  ['the shorthand', { attestors: [], key: 'k8s://other/a' }, 'k8s://other/a'],
  [
    'an attestor inside another',
    { attestors: setOf({ attestor: { entries: [bySecret('other')] } }) },
    'k8s://other/a',
  ],
  [
    'an attestation',
    { attestations: [{ type: 'x', attestors: setOf(bySecret('other')) }] },
    'k8s://other/a',
  ],
];

function document(changes: JsonObject, namespace?: string): JsonObject {
  const written = policyDocument([rule({ verifyImages: [entry(changes)] })]);
  return namespace === undefined
    ? written
    : { ...written, kind: 'Policy', metadata: { name: 'p', namespace } };
}

function foreign(faults: readonly string[]): readonly string[] {
  return faults.flatMap(
    (line) => /found "(k8s:[^"]+)", expected "k8s:\/\/own\/NAME"/.exec(line)?.[1] ?? [],
  );
}

for (const [what, changes, secret] of ROWS) {
  test(`MNH-20 a policy of a namespace ${secret === undefined ? 'may' : 'must not'} use ${what}`, () => {
    const read = readPolicy(document(changes, 'own'));
    assert.deepEqual(
      foreign((read?.faults ?? []).map(formatFault)),
      secret === undefined ? [] : [secret],
    );
    const kinds = read?.policy?.rules.map(({ kind }) => kind) ?? [];
    assert.equal(kinds.includes('unsupported'), secret !== undefined);
    const ofCluster = readPolicy(document(changes));
    assert.deepEqual(foreign((ofCluster?.faults ?? []).map(formatFault)), []);
  });
}

test('MNH-20 nor one that a variable names', () => {
  const changes = { attestors: setOf(byReference('k8s://{{ request.object.metadata.name }}/a')) };
  const [own] = readPolicy(document(changes, 'own'))?.policy?.rules ?? [];
  assert.ok(own?.kind === 'verify-images' && own.template !== undefined);
  for (const [namespace, wanted] of [
    ['own', []],
    ['other', ['k8s://other/a']],
  ] as const) {
    const text = JSON.stringify(own.template.entries).replace(/\{\{.*?\}\}/, namespace);
    const filled = readFilledEntries(own.template, JSON.parse(text) as JsonValue, own.entries);
    assert.deepEqual(foreign('faults' in filled ? filled.faults.map(formatFault) : []), wanted);
  }
});
