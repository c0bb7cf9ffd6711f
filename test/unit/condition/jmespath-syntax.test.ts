import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { JsonValue } from '#shared/base/json-value.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { parseJmespath } from '#shared/condition/jmespath/parse-jmespath.ts';
import { JmespathSyntaxError } from '#shared/condition/jmespath/syntax-error.ts';
import { outcomeOf } from './outcome.ts';

/** Text, offset of the fault, what the message says. */
const FAULTS: readonly (readonly [text: string, position: number, why: RegExp])[] = [
  ['', 0, /found the end, expected a field, a literal or a function/],
  ['   ', 3, /found the end/],
  ['a.', 2, /found the end, expected a field, "\[" or "\{"/],
  ['.a', 0, /found "\."/],
  ['a..b', 2, /found "\."/],
  ['a b', 2, /found the name "b", expected an operator or the end/],
  ['a.`1`', 2, /found a literal/],
  ["a.'b'", 2, /found a literal/],
  ['a.1', 2, /found the number 1/],
  ['a-b', 1, /names with "-" in double quotes/],
  ['a.b-1', 3, /found the number -1/],
  ['1', 0, /found the number 1/],
  ['a[', 2, /found the end, expected a number, ":" or "\*"/],
  ['a[0', 3, /found the end, expected "\]"/],
  ['a[b]', 2, /found the name "b"/],
  ["a['b']", 2, /found a literal/],
  ['a[0 1]', 4, /expected "\]"/],
  ['a[1:2:3:4]', 7, /expected "\]"/],
  ['a[::0]', 4, /expected a step other than 0/],
  ['a[99999999999999999999]', 2, /expected a smaller number/],
  ['a[*', 3, /expected "\]"/],
  ['a[?b', 4, /expected "\]"/],
  ['a[?]', 3, /found "\]"/],
  ['[]]', 2, /found "\]"/],
  ['[a,]', 3, /found "\]"/],
  ['[a b]', 3, /expected "\]"/],
  ['{}', 1, /found "\}", expected a key/],
  ['{a}', 2, /expected ":"/],
  ['{a: b', 5, /expected "\}"/],
  ['{a: b,}', 6, /expected a key/],
  ["{'a': b}", 1, /found a literal, expected a key/],
  ['(a', 2, /expected "\)"/],
  ['a)', 1, /found "\)"/],
  ['()', 1, /found "\)"/],
  ['a ||', 4, /found the end/],
  ['|| a', 0, /found "\|\|"/],
  ['a = b', 2, /found "=", expected "=="/],
  ['a === b', 4, /found "=", expected "=="/],
  ['a ! b', 2, /found "!"/],
  ['a # b', 2, /found "#", expected it in quotes/],
  ['a.ä', 2, /found "ä"/],
  ['😀', 0, /found "😀"/],
  ['$.a', 0, /found "\$"/],
  ['a\\b', 1, /found "\\\\"/],
  ['"a', 0, /found " that is never closed/],
  ["'a", 0, /found ' that is never closed/],
  ["'a\\'", 0, /never closed/],
  ['`1', 0, /found ` that is never closed/],
  ['`a`', 0, /expected JSON/],
  ['``', 0, /expected JSON/],
  ['`{"a": 1, "a": 2}`', 0, /key "a" occurs twice/],
  ['"\\q"', 0, /expected JSON/],
  ['nope(a)', 0, /found the name "nope", expected the name of a function/],
  ['"length"(a)', 0, /the name of a function before "\("/],
  ['@(a)', 1, /found "\("/],
  ['a[0](b)', 4, /found "\("/],
  ['length(a', 8, /found the end/],
  ['length(,a)', 7, /found ","/],
  ['*a', 1, /found the name "a"/],
  ['a.**', 3, /found "\*"/],
  ['a[*]b', 4, /found the name "b"/],
];

for (const [text, position, why] of FAULTS) {
  test(`parseJmespath: refuses ${JSON.stringify(text)} at ${position}`, () => {
    assert.throws(
      () => parseJmespath(text),
      (thrown) => {
        assert.ok(thrown instanceof JmespathSyntaxError);
        assert.equal(thrown.code, 'SYNTAX');
        assert.equal(thrown.position, position);
        assert.match(thrown.message, /^Cannot parse expression ".*" at character \d+: /);
        assert.match(thrown.message, why);
        return true;
      },
    );
  });
}

test('parseJmespath: a long expression is quoted around the fault only', () => {
  const text = `${'a.'.repeat(200)}#${'.b'.repeat(200)}`;
  assert.throws(() => parseJmespath(text), {
    message: new RegExp(`^Cannot parse expression "…(a\\.){20}#(\\.b){19}\\.…" at character 401: `),
  });
});

/** What starts many levels, and what they end with. */
const NESTED: readonly (readonly [open: string, inner: string, close: string])[] = [
  ['(', 'a', ')'],
  ['[', 'a', ']'],
  ['{a:', 'b', '}'],
  ['!', 'a', ''],
  ['& ', 'a', ''],
  ['length(', 'a', ')'],
  ['a[?', 'b', ']'],
  ['a.', 'b', ''],
  ['a|', 'b', ''],
  ['a||', 'b', ''],
  ['a&&', 'b', ''],
  ['a==', 'b', ''],
  ['*.', 'b', ''],
  ['a[*].', 'b', ''],
  ['', 'a', '[]'],
  ['', 'a', '[0]'],
  ['', 'a', '[?@]'],
];

for (const [open, inner, close] of NESTED) {
  test(`parseJmespath: ends quickly on 100 kB of ${open || close}`, () => {
    const count = Math.ceil(100_000 / (open.length + close.length));
    const text = `${open.repeat(count)}${inner}${close.repeat(count)}`;
    assert.throws(() => parseJmespath(text), {
      code: 'SYNTAX',
      message: /expected at most 1000 parts/,
    });
  });

  test(`parseJmespath: evaluates 190 levels of ${open || close}`, () => {
    const nested = (count: number): string => open.repeat(count) + inner + close.repeat(count);
    assert.doesNotThrow(() => outcomeOf(nested(190), { a: { a: [{ b: 1 }] } }));
  });
}

test('parseJmespath: a literal may be long, an expression not endless', () => {
  const long = 'x'.repeat(1_000_000);
  assert.equal(outcomeOf(`length('${long}')`), 1_000_000);
  assert.throws(() => parseJmespath(`'${long}${long}'`), {
    code: 'SYNTAX',
    message: /found 2000002 characters, expected at most 1500000/,
  });
});

/** Data that a hostile author or requester brings, and an expression that makes much of it. */
const EXPENSIVE: readonly (readonly [what: string, expression: string, value: JsonValue])[] = [
  ['values that double', `@${'|[@,@]'.repeat(100)}|to_string(@)`, 1],
  ['values that double, flattened', `@${'|[@,@]'.repeat(40)}${'|[]'.repeat(40)}`, 1],
  [
    'filters in filters',
    'a[?length($[?length($) == `1`]) == `1`]'.replaceAll('$', '@.b'),
    {
      a: Array.from({ length: 600 }, () => ({
        b: Array.from({ length: 600 }, () => ({ b: 'x' })),
      })),
    },
  ],
  ['a replacement of each character', "replace_all(a, 'a', a)", { a: 'a'.repeat(20_000) }],
  [
    'replacements of replacements',
    "replace_all(replace_all(a, 'a', a), 'a', a)",
    {
      a: 'a'.repeat(500),
    },
  ],
  ['an empty text replaced', "replace_all(a, '', a)", { a: 'a'.repeat(20_000) }],
  [
    'a long separator',
    'join(a, b)',
    {
      a: 'x'.repeat(100_000),
      b: Array.from({ length: 1000 }, () => ''),
    },
  ],
  [
    'a regular expression on much text',
    'regex_match(a, b)',
    {
      a: '(x+x+)+y'.repeat(400),
      b: 'x'.repeat(100_000),
    },
  ],
  [
    'a regular expression that compiles to much',
    'regex_match(a, b)',
    {
      a: '[a-z0-9]{1,999}'.repeat(200),
      b: 'x',
    },
  ],
  ['a replacement by expression', "regex_replace_all('a', a, a)", { a: 'a'.repeat(20_000) }],
  [
    'a wildcard on much text',
    'pattern_match(a, b)',
    {
      a: '*a'.repeat(2000),
      b: 'a'.repeat(100_000),
    },
  ],
  [
    'expressions in expressions',
    `${'map(&'.repeat(3)}@${', a)'.repeat(1)}, a), a)`.replaceAll('a)', '@)'),
    Array.from({ length: 200 }, () =>
      Array.from({ length: 200 }, () => Array.from({ length: 20 }, () => 1)),
    ),
  ],
];

for (const [what, expression, value] of EXPENSIVE) {
  test(`search: stops where an expression takes too much: ${what}`, () => {
    const outcome = outcomeOf(expression, value);
    assert.deepEqual(outcome, {
      code: 'TOO_EXPENSIVE',
      message: 'Cannot finish the evaluation: it takes more steps than one rule may',
    });
  });
}

test('search: fields with the names of prototypes are fields like others', () => {
  const hostile: JsonValue = JSON.parse('{"__proto__": {"x": 1}, "constructor": "c"}') as JsonValue;
  assert.equal(outcomeOf('__proto__.x', hostile), 1);
  assert.equal(outcomeOf('constructor', hostile), 'c');
  assert.deepEqual(outcomeOf('keys(merge(@, @))', hostile), ['__proto__', 'constructor']);
  assert.deepEqual(outcomeOf('keys({"__proto__": `1`})'), ['__proto__']);
  assert.deepEqual(outcomeOf("keys(object_from_lists(['__proto__'], ['x']))"), ['__proto__']);
  assert.deepEqual(outcomeOf("items(@, '__proto__', 'v')[0] | keys(@)", hostile), [
    '__proto__',
    'v',
  ]);
  assert.equal(outcomeOf("lookup(@, 'toString')", {}), null);
  assert.equal(outcomeOf('label_match({toString: `1`}, @)', {}), false);
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
});

const PIECES =
  `a "a b" 'x' \`1\` \`{"a":1}\` @ * . [ ] [] [? ( ) { } , : | || & && ! == < >= -1 0 length( map( # "`
    .split(' ')
    .concat(' ');

test('parseJmespath: any text parses or is a syntax error, and what parses can be evaluated', () => {
  const piece = fc.constantFrom(...PIECES);
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        parseJmespath(text);
      } catch (thrown) {
        return thrown instanceof ConditionError && thrown.code === 'SYNTAX';
      }
      outcomeOf(text, { a: [{ a: 1 }] });
      return true;
    }),
    { numRuns: 150, seed: 7 },
  );
});
