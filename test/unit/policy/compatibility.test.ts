import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { Fields } from '#shared/policy/fields.ts';
import { readPolicy } from '#shared/policy/read-policy.ts';

const SELECTOR: JsonObject = {
  matchLabels: { a: 'b' },
  matchExpressions: [{ key: 'a', operator: 'Exists' }],
};

const FILTER: JsonObject = {
  resources: {
    kinds: ['Pod'],
    annotations: { a: 'b' },
    selector: SELECTOR,
    namespaceSelector: SELECTOR,
  },
  subjects: [{ kind: 'User', name: 'a' }],
};

const CONDITIONS: JsonObject = { any: [{ key: 'a' }], all: [{ key: 'a' }] };

const LOGS: JsonObject = { rekor: {}, ctlog: {} };

const CONTEXT: readonly JsonObject[] = [
  { name: 'a', variable: { value: 1 } },
  { name: 'b', configMap: { name: 'a', namespace: 'b' } },
  {
    name: 'c',
    apiCall: { service: { url: 'https://a', headers: [{ key: 'a' }] }, data: [{ key: 'a' }] },
  },
  { name: 'd', imageRegistry: { reference: 'a', imageRegistryCredentials: {} } },
  { name: 'e', globalReference: { name: 'a' } },
];

const ATTESTORS: readonly JsonObject[] = [
  {
    entries: [
      { keys: { publicKeys: 'a', ...LOGS } },
      { keys: { secret: { name: 'a', namespace: 'b' } } },
      { keys: { kms: 'awskms://a' } },
      { keyless: { subject: 'a', additionalExtensions: { githubWorkflowRef: 'a' }, ...LOGS } },
      { certificates: { cert: 'a', ...LOGS } },
      { attestor: { entries: [] } },
    ],
  },
];

const ENTRY: JsonObject = {
  attestors: ATTESTORS,
  attestations: [{ type: 'a', attestors: ATTESTORS, conditions: [CONDITIONS] }],
  validate: { deny: { conditions: CONDITIONS } },
  imageRegistryCredentials: {},
};

const OVERRIDES: readonly JsonObject[] = [{ action: 'Audit', namespaceSelector: SELECTOR }];

const VALIDATIONS: readonly JsonObject[] = [
  { pattern: { spec: { containers: [{ image: 'a' }] } }, failureActionOverrides: OVERRIDES },
  { anyPattern: [{ spec: { containers: [{ image: 'a' }] } }] },
  { deny: { conditions: CONDITIONS }, message: '{{ images }}' },
  {
    foreach: [
      {
        list: 'images',
        context: CONTEXT,
        preconditions: CONDITIONS,
        deny: { conditions: CONDITIONS },
      },
      { list: 'images', pattern: {} },
      { list: 'images', anyPattern: [{}] },
      { list: 'images', foreach: [] },
    ],
  },
  {
    cel: {
      expressions: [{ expression: 'object.spec.image == "a"', messageExpression: '"a"' }],
      variables: [{ name: 'a', expression: '1' }],
    },
  },
];

const RULE: JsonObject = {
  name: 'r',
  match: { any: [FILTER] },
  exclude: { all: [FILTER] },
  context: CONTEXT,
  preconditions: CONDITIONS,
  celPreconditions: [{ name: 'a', expression: 'true' }],
  imageExtractors: { KIND: [{ path: '/a' }] },
  reportProperties: { a: 'b' },
};

/** A policy in which every object that a policy can hold is there, so that all readers run. */
const EVERYTHING: JsonObject = {
  apiVersion: 'kyverno.io/v1',
  kind: 'ClusterPolicy',
  metadata: { annotations: { a: 'b' } },
  spec: {
    validationFailureActionOverrides: OVERRIDES,
    webhookConfiguration: { matchConditions: [{ name: 'a', expression: 'true' }] },
    rules: [
      { ...RULE, verifyImages: [ENTRY, { ...ENTRY, type: 'Notary' }] },
      { ...RULE, match: FILTER, verifyImages: [ENTRY] },
      ...VALIDATIONS.map((validate) => ({ ...RULE, validate })),
    ],
  },
};

/** What stands at several places is listed once: the block's name for everything up to it. */
const BLOCKS: readonly (readonly [RegExp, string])[] = [
  [/\[\d+\]/g, '[]'],
  [/\.(annotations|matchLabels|reportProperties|additionalExtensions)\.\w+$/, '.$1'],
  [/^.*\.(rekor|ctlog|imageRegistryCredentials)\.(\w+)$/, '$1.$2'],
  [/^.*\.(?:selector|namespaceSelector)\.(.+)$/, 'selector.$1'],
  [/^.*\.(?:preconditions|conditions)(?:\[\])?\.(.+)$/, 'conditions.$1'],
  [/^conditions\.all\[\]/, 'conditions.any[]'],
  [/^.*\.context\[\]\.(.+)$/, 'context[].$1'],
  [
    /^.*\.(?:match|exclude)\.(?:(?:any|all)\[\]\.)?((?:clusterRoles|roles|subjects|resources).*)$/,
    'filter.$1',
  ],
  [/^.*\.(?:match|exclude)\.(any|all)$/, 'match.$1'],
  [/^.*\.(?:attestors\[\]|attestor)\.(.+)$/, 'attestors[].$1'],
  [/^.*[oO]verrides\[\]\.(.+)$/, 'overrides[].$1'],
  [/^.*\.(?:matchConditions|celPreconditions)\[\]\.(.+)$/, 'matchConditions[].$1'],
  [/^spec\.rules\[\]\.(verifyImages\[\]|validate)\./, '$1.'],
  [/^spec\.rules\[\]\./, 'rules[].'],
  [/^rules\[\]\.imageExtractors\.KIND$/, 'rules[].imageExtractors'],
];

/** Every field that a reader asks for. */
function knownFields(): readonly string[] {
  const spy = mock.method(Fields.prototype, 'json');
  readPolicy(EVERYTHING);
  const asked = spy.mock.calls.flatMap(({ this: fields, arguments: [key] }) =>
    fields instanceof Fields && key !== undefined ? [fields.at(key)] : [],
  );
  spy.mock.restore();
  const folded = asked.map((path) =>
    BLOCKS.reduce((text, [form, block]) => text.replace(form, block), path),
  );
  return [...new Set(folded)].sort((one, other) => one.localeCompare(other));
}

const STATES = ['as Kyverno', 'difference', 'no effect', 'not here'];

test('docs/compatibility.md lists every field that readers know, once, and no other', () => {
  const page = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` +\| ([\w ]+?) +\| (.*?) *\|$/gm)];
  const listed = rows.map(([, field = '']) => field);
  assert.deepEqual(
    listed.toSorted((one, other) => one.localeCompare(other)),
    knownFields(),
  );
  for (const [, field = '', state = '', note = ''] of rows) {
    assert.ok(STATES.includes(state), `${field} is "${state}"`);
    assert.ok(state !== 'difference' || note !== '', `${field} differs, and nothing says how`);
  }
});
