import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readPolicyDocuments } from '#cmd/file/load-policies.ts';
import type { State } from '#cmd/lint/finding.ts';
import { lintDocument } from '#cmd/lint/lint-document.ts';

/** Told of each of Kyverno's policies: that a newer Kyverno no longer runs it. */
const OF_EVERY_POLICY = 'SP401';

/** Policy, what becomes of it, and everything that is told of it. */
const ROWS: readonly (readonly [name: string, state: State, rules: readonly string[]])[] = [
  ['signed-by-key', 'runs', ['SP210', 'SP402']],
  ['signed-by-key-service', 'refused', ['SP101', 'SP201']],
  ['signed-by-two-teams', 'runs', ['SP210', 'SP402']],
  ['built-by-the-generator', 'refused', ['SP101', 'SP201', 'SP402', 'SP403']],
  ['without-a-broken-library', 'refused', ['SP101', 'SP210', 'SP402', 'SP403']],
  ['has-a-bill-of-materials', 'refused', ['SP101', 'SP201', 'SP402', 'SP403']],
  ['scanned-this-week', 'refused', ['SP101', 'SP201', 'SP402', 'SP403']],
  ['controllers-signed-by-their-project', 'runs', ['SP201', 'SP403']],
  ['pipeline-bundles-signed', 'runs', ['SP402', 'SP403']],
  ['task-bundles-signed', 'refused', ['SP101', 'SP403']],
  ['task-steps-scanned', 'refused', ['SP101', 'SP402', 'SP403']],
  ['tag-is-written', 'runs', []],
  ['known-registries', 'runs', ['SP402']],
  ['digest-is-written', 'runs', []],
  ['pulled-always-where-latest', 'runs', []],
  ['no-old-server', 'runs', []],
  ['old-registry', 'runs', ['SP402']],
  ['base-is-named', 'runs', []],
  ['base-is-approved', 'runs', []],
  ['not-too-large', 'runs', []],
  ['not-too-old', 'runs', []],
  ['no-volumes-inside', 'runs', []],
  ['source-is-named', 'runs', []],
  ['root-from-trusted-registries', 'runs', []],
  ['built-for-graphics-cards', 'runs', []],
  ['known-names', 'runs', []],
  ['registries-of-the-namespace', 'runs', []],
  ['pull-secret-for-private-registries', 'runs', []],
  ['tag-is-not-latest-cel', 'runs', []],
  ['known-registries-by-parameter-cel', 'runs', []],
  ['digest-is-written-for-them', 'foreign', []],
  ['labels-are-written', 'foreign', []],
];

const DOCUMENTS = ['verify-images', 'image-hygiene'].flatMap((name) => {
  const origin = `${name}.yaml`;
  const url = new URL(`../../fixture/library/${origin}`, import.meta.url);
  return readPolicyDocuments([{ origin, text: readFileSync(url, 'utf8') }], 'default');
});

test('lint: the policies of the library are those of the table', () => {
  assert.deepEqual(
    DOCUMENTS.map((document) => lintDocument(document).name),
    ROWS.map(([name]) => `ClusterPolicy/${name}`),
  );
});

for (const [index, [name, state, rules]] of ROWS.entries()) {
  test(`lint: "${name}" of the library is ${state}, with ${rules.join(' ') || 'nothing to say'}`, () => {
    const document = DOCUMENTS[index];
    assert.ok(document !== undefined);
    const linted = lintDocument(document);
    const told = new Set(linted.findings.map(({ rule }) => rule));
    told.delete(OF_EVERY_POLICY);
    const texts = JSON.stringify(linted.findings, undefined, 2);
    assert.deepEqual(
      [...told].sort((one, other) => one.localeCompare(other)),
      rules,
      texts,
    );
    assert.equal(linted.state, state, texts);
  });

  test(`readPolicy() loads "${name}" of the library without an error`, () => {
    const read = DOCUMENTS[index]?.read;
    assert.ok(read?.policy !== undefined);
    assert.ok(read.faults.every(({ severity }) => severity !== 'error'));
  });
}
