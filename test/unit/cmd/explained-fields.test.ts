import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MANIFESTS, manifestObject } from '#cmd/install/manifests.ts';
import { isJsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';

const PAGE = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8');

const ENTRY = 'spec.rules[].verifyImages[]';

/** What the tables of the page begin their fields with, and where that is in a policy. */
const PLACES: readonly (readonly [prefix: string, place: string])[] = [
  ['spec.', 'spec.'],
  ['rules[].', 'spec.rules[].'],
  ['verifyImages[].', `${ENTRY}.`],
  ['attestors[].', `${ENTRY}.attestors[].`],
  ['attestors[].', `${ENTRY}.attestations[].attestors[].`],
  ['rekor.', `${ENTRY}.attestors[].entries[].keyless.rekor.`],
  ['ctlog.', `${ENTRY}.attestors[].entries[].keyless.ctlog.`],
];

/** Languages of their own, whose fields the API server cannot explain. */
const OPEN = /\.(?:imageExtractors|validate|resources)\.|KIND/;

const FIELDS = [...PAGE.matchAll(/^\| `([^`]+)` /gm)].flatMap(([, field = '']) =>
  PLACES.filter(([prefix]) => field.startsWith(prefix)).map(
    ([prefix, place]) => place + field.slice(prefix.length),
  ),
);

const DEFINITIONS = MANIFESTS.map(manifestObject).filter(
  ({ metadata, kind }) =>
    kind === 'CustomResourceDefinition' && metadata.name.endsWith('.sign-policy.dev'),
);

/** The schema of a field, or undefined where the definition does not name it. */
function schemaOf(definition: JsonValue, field: string): JsonValue | undefined {
  const versions = member(member(definition, 'spec'), 'versions');
  assert.ok(Array.isArray(versions));
  let schema = member(member(versions[0] as JsonValue, 'schema'), 'openAPIV3Schema');
  for (const part of field.split('.')) {
    schema = member(member(schema, 'properties'), part.replace('[]', ''));
    if (part.endsWith('[]')) schema = member(schema, 'items');
  }
  return schema;
}

for (const definition of DEFINITIONS) {
  test(`kubectl explain: ${definition.metadata.name} tells of every field of the compatibility page`, () => {
    const fields = FIELDS.filter((field) => !OPEN.test(field));
    assert.ok(fields.length > 80, `${fields.length} fields`);
    const silent = fields.filter((field) => {
      const schema = schemaOf(definition, field);
      return !isJsonObject(schema) || (stringAt(schema, 'description') ?? '') === '';
    });
    assert.deepEqual(silent, []);
  });
}
