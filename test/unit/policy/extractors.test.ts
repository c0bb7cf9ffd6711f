import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import type { ImageExtractor } from '#shared/workload/extract-images.ts';
import { entry, faultLines, ownRule, policyDocument, readUsable, rule } from './sample-policy.ts';

const FOR_TASKS = { any: [{ resources: { kinds: ['Task'] } }] };

function document(imageExtractors: JsonValue, changes: JsonObject = {}): JsonObject {
  return policyDocument([rule({ match: FOR_TASKS, imageExtractors, ...changes })]);
}

const READ: readonly (readonly [what: string, JsonObject, Partial<ImageExtractor>])[] = [
  ['a path', { path: '/spec/image' }, { path: ['spec'], value: 'image' }],
  ['a path without the first slash', { path: 'spec/image' }, { path: ['spec'], value: 'image' }],
  ['blanks and slashes too many', { path: '/ spec //image/' }, { path: ['spec'], value: 'image' }],
  ['a field of the object itself', { path: '/image' }, { path: [], value: 'image' }],
  ['items', { path: '/spec/steps/*/image' }, { path: ['spec', 'steps', '*'], value: 'image' }],
  [
    'a value below the path',
    { path: '/spec/pipelineRef', value: 'bundle', key: 'name', name: 'pipelineruns' },
    { path: ['spec', 'pipelineRef'], value: 'bundle', key: 'name', group: 'pipelineruns' },
  ],
  [
    'a value with slashes, which is one field',
    { path: '/metadata/annotations', value: 'example.com/image' },
    { path: ['metadata', 'annotations'], value: 'example.com/image' },
  ],
  ['a path that ends in items', { path: '/spec/*', value: 'image' }, { path: ['spec', '*'] }],
  [
    'empty fields as none',
    { path: '/a', value: '', key: '', name: '', jmesPath: '' },
    { path: [] },
  ],
  ['no name as "custom"', { path: '/a' }, { group: 'custom', key: undefined, jmesPath: undefined }],
];

for (const [what, written, wanted] of READ) {
  test(`imageExtractors: reads ${what}`, () => {
    const { extractors } = ownRule(document({ Task: [written] }));
    const [read] = extractors?.['Task'] ?? [];
    assert.ok(read !== undefined);
    assert.deepEqual({ ...read, ...wanted }, read);
  });
}

test('imageExtractors: reads jmesPath where nothing is pinned', () => {
  const verifyImages = [entry({ mutateDigest: false })];
  const extractors = { Task: [{ path: '/spec/image', jmesPath: "trim_prefix(@, 'docker://')" }] };
  const { extractors: read } = ownRule(document(extractors, { verifyImages }));
  assert.equal(read?.['Task']?.[0]?.jmesPath, "trim_prefix(@, 'docker://')");
});

const AT = 'error spec.rules[0].imageExtractors';
const DEEP = `/${'a/'.repeat(33)}`;

const FAULTS: readonly (readonly [what: string, JsonValue, fault: string])[] = [
  ['a list', [], `${AT}: found a list, expected a mapping`],
  [
    'a kind with its group',
    { 'v1/Task': [{ path: '/a' }] },
    `${AT}["v1/Task"]: found no plain kind, expected one such as "Task"`,
  ],
  [
    'a wildcard kind',
    { '*': [{ path: '/a' }] },
    `${AT}["*"]: found no plain kind, expected one such as "Task"`,
  ],
  ['no extractor', { Task: [] }, `${AT}.Task: found no extractor, expected at least one`],
  ['null', { Task: null }, `${AT}.Task: found no extractor, expected at least one`],
  [
    'a mapping instead of a list',
    { Task: { path: '/a' } },
    `${AT}.Task: found a mapping, expected a list of mappings`,
  ],
  [
    'text instead of a mapping',
    { Task: ['/a'] },
    `${AT}.Task[0]: found the string "/a", expected a mapping`,
  ],
  ['no path', { Task: [{ value: 'a' }] }, `${AT}.Task[0].path: missing, expected "/spec/image"`],
  [
    'an empty path',
    { Task: [{ path: '' }] },
    `${AT}.Task[0].path: names no field, expected the field that holds the image at its end`,
  ],
  [
    'a path of slashes',
    { Task: [{ path: '//' }] },
    `${AT}.Task[0].path: names no field, expected the field that holds the image at its end`,
  ],
  [
    'a path that ends in items',
    { Task: [{ path: '/a/*' }] },
    `${AT}.Task[0].path: ends in "*", expected the field that holds the image at its end`,
  ],
  [
    'a path that is a number',
    { Task: [{ path: 1 }] },
    `${AT}.Task[0].path: found the number 1, expected a string`,
  ],
  [
    'a wildcard in a field',
    { Task: [{ path: '/step*/image' }] },
    `${AT}.Task[0].path: found "step*", expected a field or "*" for all of them`,
  ],
  [
    'a variable',
    { Task: [{ path: '/{{ a }}/image' }] },
    `${AT}.Task[0].path: found a variable, expected a plain path: extractors take none`,
  ],
  [
    'a path that is too deep',
    { Task: [{ path: DEEP }] },
    `${AT}.Task[0].path: has 33 fields, expected at most 32`,
  ],
  [
    'a field that is not known',
    { Task: [{ path: '/a', vale: 'b' }] },
    `${AT}.Task[0].vale: unknown field, did you mean "value"?`,
  ],
  [
    'a key that is no text',
    { Task: [{ path: '/a', key: true }] },
    `${AT}.Task[0].key: found the boolean true, expected a string`,
  ],
  [
    'jmesPath together with mutateDigest',
    { Task: [{ path: '/a', jmesPath: '@' }] },
    `${AT}.Task: found "jmesPath" together with "mutateDigest: true" (also its default), expected one of both`,
  ],
  [
    'too many extractors',
    { Task: Array.from({ length: 51 }, () => ({ path: '/a' })) },
    `${AT}.Task: has 51 entries, expected at most 50`,
  ],
];

for (const [what, extractors, fault] of FAULTS) {
  test(`imageExtractors: refuses ${what}`, () => {
    const lines = faultLines(document(extractors));
    assert.ok(lines.includes(fault), lines.join('\n'));
  });
}

test('imageExtractors: refuses too many kinds, and a jmesPath that is none', () => {
  const kinds = Object.fromEntries(
    Array.from({ length: 51 }, (_, index) => [`Task${index}`, [{ path: '/a' }]]),
  );
  assert.ok(faultLines(document(kinds)).includes(`${AT}: has 51 entries, expected at most 50`));
  const broken = faultLines(document({ Task: [{ path: '/a', jmesPath: 'trim(' }] }));
  assert.ok(
    broken.some((line) => line.startsWith(`${AT}.Task[0].jmesPath: `)),
    broken.join('\n'),
  );
});

test('imageExtractors: null and nothing are no extractors', () => {
  for (const nothing of [null, {}]) assert.equal(ownRule(document(nothing)).extractors, undefined);
});

test('imageExtractors: generated rules have none, as in Kyverno', () => {
  const { rules } = readUsable(
    policyDocument([rule({ imageExtractors: { Pod: [{ path: '/spec/a' }] } })]),
  );
  assert.deepEqual(
    rules.map(({ name, extractors }) => [name, extractors !== undefined]),
    [
      ['r', true],
      ['autogen-r', false],
      ['autogen-cronjob-r', false],
    ],
  );
});

test('imageExtractors: a rule that is not supported keeps them, so that it refuses what they find', () => {
  const own = ownRule(
    document({ Task: [{ path: '/a' }] }, { celPreconditions: [{ name: 'a', expression: 'true' }] }),
  );
  assert.equal(own.kind, 'unsupported');
  assert.ok(own.extractors?.['Task']);
});

test('imageExtractors: a kind whose images nobody knows earns a warning', () => {
  const blind = (kinds: readonly string[], imageExtractors: JsonValue): readonly string[] =>
    faultLines(
      policyDocument([rule({ match: { any: [{ resources: { kinds } }] }, imageExtractors })]),
    );
  const task = { Task: [{ path: '/a' }] };
  assert.deepEqual(blind(['Pod', 'tekton.dev/v1/Task'], task), []);
  assert.deepEqual(blind(['Deployment', 'Run'], task), [
    'warning spec.rules[0].match: no images of kind "Run" are known, so that its objects are admitted unchecked; say in "imageExtractors" where they are',
  ]);
});

test('imageExtractors: are part of the policy’s hash', () => {
  const hashes = ['/a', '/b'].map((path) => readUsable(document({ Task: [{ path }] })).hash);
  assert.equal(new Set(hashes).size, 2);
});
