import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DocumentError } from '#shared/document/document-error.ts';
import {
  MAX_DOCUMENTS,
  MAX_TEXT_LENGTH,
  parseDocuments,
} from '#shared/document/parse-documents.ts';

function values(text: string): unknown[] {
  return parseDocuments(text, 'file.yaml').map(({ value }) => value);
}

/** What kubectl makes of unquoted scalars (YAML 1.1 by its Go parser). */
const SCALARS: readonly (readonly [string, unknown])[] = [
  ['yes', true],
  ['y', true],
  ['On', true],
  ['TRUE', true],
  ['tRue', 'tRue'],
  ['n', false],
  ['off', false],
  ['~', null],
  ['', null],
  ['Null', null],
  ['010', 8],
  ['0o17', 15],
  ['089', 89],
  ['0x1F', 31],
  ['0b101', 5],
  ['-12', -12],
  ['-0', 0],
  ['1_000', 1000],
  ['1e3', 1000],
  ['.5', 0.5],
  ['1.', 1],
  ['12:30', '12:30'],
  ['2024-01-01', '2024-01-01'],
  ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'],
  ['1.2.3', '1.2.3'],
  ['0x', '0x'],
  ['"yes"', 'yes'],
  ["'010'", '010'],
  ['!!str yes', 'yes'],
  ['! 5', '5'],
  ['!!int "5"', 5],
  ['!!bool "on"', true],
  ['!!float 1', 1],
  ['!!null ""', null],
  ['!<tag:yaml.org,2002:str> 5', '5'],
];

for (const [text, expected] of SCALARS) {
  test(`parseDocuments reads ${JSON.stringify(text)} as Kubernetes does`, () => {
    assert.deepEqual(values(`a: ${text}`), [{ a: expected }]);
  });
}

const TEXTS: readonly (readonly [string, string, readonly unknown[]])[] = [
  ['nothing', '', []],
  ['only comments and separators', '---\n# nothing\n---\n...\n', []],
  ['several documents', 'a: 1\n---\n\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
  ['a byte order mark', '\ufeffa: 1', [{ a: 1 }]],
  [
    'JSON with tabs and escapes',
    '{\n\t"a": "\\/\\ud83d\\ude00",\n\t"b": [1, null]\n}',
    [{ a: '/😀', b: [1, null] }],
  ],
  [
    'JSON objects one after the other',
    '{"a": "}{"}\n{"b": [{}]} {"c": "\\""}',
    [{ a: '}{' }, { b: [{}] }, { c: '"' }],
  ],
  [
    'keys that are numbers or booleans',
    '1: a\non: b\n1.5: c',
    [{ '1': 'a', true: 'b', '1.5': 'c' }],
  ],
  ['aliases as copies', 'a: &x {k: 1}\nb: *x', [{ a: { k: 1 }, b: { k: 1 } }]],
  [
    'merge keys below written ones',
    'a: &x {k: 1, l: 2}\nb: {k: 3, <<: *x}\nc: {<<: [{k: 4}, *x]}',
    [{ a: { k: 1, l: 2 }, b: { k: 3, l: 2 }, c: { k: 4, l: 2 } }],
  ],
  ['a quoted << as a plain key', '"<<": 1', [{ '<<': 1 }]],
  ['a scalar document', 'hello', ['hello']],
];

for (const [name, text, expected] of TEXTS) {
  test(`parseDocuments reads ${name}`, () => {
    assert.deepEqual(values(text), expected);
  });
}

test('parseDocuments gives aliases no shared state', () => {
  const [value] = values('a: &x {k: 1}\nb: *x') as [{ a: object; b: object }];
  assert.notEqual(value.a, value.b);
});

test('parseDocuments takes the key __proto__ as data', () => {
  const [value] = values('{"__proto__": {"polluted": true}}') as [object];
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.ok(Object.hasOwn(value, '__proto__'));
  assert.equal('polluted' in value, false);
});

const LISTS: readonly (readonly [string, string, readonly unknown[]])[] = [
  [
    'List',
    '{apiVersion: v1, kind: List, items: [{kind: A}, {kind: B}]}',
    [{ kind: 'A' }, { kind: 'B' }],
  ],
  [
    'a typed list, whose items get their type from it',
    '{apiVersion: v1, kind: PodList, items: [{metadata: {name: a}}]}',
    [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }],
  ],
  [
    'lists in lists',
    '{kind: List, items: [{kind: List, items: [{kind: A}]}, {kind: B}]}',
    [{ kind: 'A' }, { kind: 'B' }],
  ],
  ['an empty list', '{kind: List, items: []}', []],
  ['a List without items as an object', '{kind: AccessList}', [{ kind: 'AccessList' }]],
];

for (const [name, text, expected] of LISTS) {
  test(`parseDocuments takes apart ${name}`, () => {
    assert.deepEqual(values(text), expected);
  });
}

const TEXT = `# first line
kind: List
items:
- kind: Pod
  metadata:
    annotations:
      example.com/a.b: c
  spec: &s
    containers: [{name: a}, {name: b}]
---
kind: Other
spec: {<<: {x: 1}}
`;

const PLACES: readonly (readonly [number, string, number, number])[] = [
  [0, '', 4, 3],
  [0, 'kind', 4, 3],
  [0, 'metadata.annotations["example.com/a.b"]', 7, 7],
  [0, 'spec.containers[1].name', 9, 30],
  [0, 'spec.containers[7].name', 9, 5],
  [0, 'spec.volumes', 8, 3],
  [1, '', 11, 1],
  [1, 'spec.x', 12, 13],
];

for (const [index, path, line, column] of PLACES) {
  test(`locate finds "${path}" of document ${index}, or the nearest field around it`, () => {
    const document = parseDocuments(TEXT, 'file.yaml')[index];
    assert.deepEqual(document?.locate(path), { line, column });
  });
}

test('parseDocuments tells origin and first line, also in JSON sequences', () => {
  const documents = parseDocuments('{"a": 1}\n\n{"b":\n 2}', 'x.json');
  assert.deepEqual(
    documents.map(({ origin, line, locate }) => [origin, line, locate('b')]),
    [
      ['x.json', 1, { line: 1, column: 1 }],
      ['x.json', 3, { line: 3, column: 2 }],
    ],
  );
});

const LAUGHS = [
  'a: &a [x,x,x,x,x,x,x,x,x,x]',
  ...'bcdef'.split('').map((name, index) => {
    const before = 'abcde'.charAt(index);
    return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`;
  }),
].join('\n');

const ERRORS: readonly (readonly [string, string, string, string])[] = [
  [
    'an open bracket',
    'a: [',
    'SYNTAX',
    'line 1, column 5: unexpected end of the stream within a flow collection, expected valid YAML or JSON',
  ],
  [
    'bad indentation',
    'a:\n  - b\n c: 1',
    'SYNTAX',
    'line 3, column 2: bad indentation of a mapping entry, expected valid YAML or JSON',
  ],
  [
    'tabs as indentation',
    'a:\n\t- b',
    'SYNTAX',
    'line 2, column 1: tab characters must not be used in indentation, expected valid YAML or JSON',
  ],
  [
    'broken JSON in a sequence',
    '{"a":1}\n{"b":[1,,]}',
    'SYNTAX',
    "line 2, column 9: expected the node content, but found ',', expected valid YAML or JSON",
  ],
  [
    'a key written twice',
    'a:\n  b: 1\n  b: 2',
    'DUPLICATE_KEY',
    'line 3, column 3: key "b" is written twice, expected each key once',
  ],
  [
    'a key written twice in JSON',
    '{"a": 1,\n "a": 2}',
    'DUPLICATE_KEY',
    'line 2, column 2: key "a" is written twice, expected each key once',
  ],
  [
    'a list as a key',
    '? [a]\n: 1',
    'UNSUPPORTED',
    'line 1, column 3: found a list or mapping as a key, expected a string',
  ],
  [
    'an empty key',
    '~: 1',
    'UNSUPPORTED',
    'line 1, column 1: found an empty key, expected a string',
  ],
  [
    'a foreign tag',
    'a: !!binary aGk=',
    'UNSUPPORTED',
    'line 1, column 4: tag "!!binary" on "aGk=" is not usable here, expected plain strings, numbers, booleans, lists and mappings',
  ],
  [
    'a tag that does not fit',
    'a: !!int x',
    'UNSUPPORTED',
    'line 1, column 4: tag "!!int" on "x" is not usable here, expected plain strings, numbers, booleans, lists and mappings',
  ],
  [
    'a tag on a mapping',
    'a: !!set {x}',
    'UNSUPPORTED',
    'line 1, column 4: tag "!!set" is not usable here, expected a plain list or mapping',
  ],
  [
    'infinity',
    'a: .inf',
    'UNSUPPORTED',
    'line 1, column 4: found ".inf", expected a number that JSON can hold',
  ],
  [
    'an alias without anchor',
    'a: *x',
    'BAD_ALIAS',
    'line 1, column 5: alias "*x" has no anchor "&x" before it',
  ],
  [
    'an anchor of another document',
    'a: &x 1\n---\nb: *x',
    'BAD_ALIAS',
    'line 3, column 5: alias "*x" has no anchor "&x" before it',
  ],
  [
    'an alias inside its anchor',
    'a: &x [*x]',
    'BAD_ALIAS',
    'line 1, column 9: alias "*x" stands inside its own anchor "&x"',
  ],
  [
    'a merge of a scalar',
    'a: {<<: 1}',
    'SYNTAX',
    'line 1, column 5: found "<<" with a value that is no mapping',
  ],
  [
    'aliases that multiply',
    LAUGHS,
    'TOO_LARGE',
    'line 5, column 18: aliases repeat more than 50000 values, expected a document without such repetition',
  ],
  [
    'deep nesting',
    '['.repeat(5000),
    'TOO_DEEP',
    'line 1, column 100: it is nested deeper than 100 levels, expected a Kubernetes object',
  ],
  [
    'a null byte',
    'a: \u0000',
    'SYNTAX',
    'line 1, column 4: null byte is not allowed in input, expected valid YAML or JSON',
  ],
];

for (const [name, text, code, message] of ERRORS) {
  test(`parseDocuments refuses ${name}`, () => {
    assert.throws(() => parseDocuments(text, 'dir/file.yaml'), {
      name: 'DocumentError',
      code,
      message: `Cannot read "dir/file.yaml": ${message}`,
    });
  });
}

test('parseDocuments refuses texts and document counts beyond its limits', () => {
  assert.throws(() => parseDocuments(' '.repeat(MAX_TEXT_LENGTH + 1), 'f'), { code: 'TOO_LARGE' });
  assert.throws(
    () => parseDocuments('--- 1\n'.repeat(MAX_DOCUMENTS + 1), 'f'),
    (error) => {
      assert.ok(error instanceof DocumentError);
      assert.equal(error.code, 'TOO_MANY');
      assert.deepEqual(error.location, { line: MAX_DOCUMENTS + 1, column: 5 });
      return true;
    },
  );
});
