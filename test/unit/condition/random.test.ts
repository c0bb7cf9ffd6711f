import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRegexp } from '#shared/base/regexp.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { generateText } from '#shared/condition/random/generate-text.ts';
import { parseTextPattern } from '#shared/condition/random/parse-text-pattern.ts';
import { PatternError } from '#shared/condition/random/pattern-error.ts';

function generated(pattern: string): string {
  return generateText(parseTextPattern(pattern), new EvaluationBudget());
}

const PATTERNS: readonly string[] = [
  'abc',
  '[a-z0-9]{12}',
  '[0-9a-z]{8}',
  '[a-zA-Z0-9]{1000}',
  '[A-F0-9]{2}(:[A-F0-9]{2}){5}',
  'a|b|cd|',
  '(a|b)*c+d?',
  '^x{2,5}y{3,}$',
  '.',
  '.{20}',
  '[^a-z]{20}',
  '[^a]',
  '[]a]{5}',
  '[^]a]{5}',
  '[a-]{5}',
  '[-a]{5}',
  '[[:alnum:]]{9}[[:alpha:]]{9}[[:digit:]]{9}[[:xdigit:]]{9}',
  '[[:^digit:]]{20}',
  '[[:punct:][:space:]]{20}',
  '[[:word:]]{9}[[:upper:]]{9}[[:lower:]]{9}[[:graph:]]{9}[[:print:]]{9}[[:blank:]]{9}',
  '[[:ascii:]]{20}[[:cntrl:]]{20}',
  'é€😀[à-ü]{5}[😀-😅]{5}',
  '\\.\\*\\[\\\\\\-\\_',
  '\\n\\t\\r\\f\\v\\a\\x41\\x{1F600}\\101\\0',
  '[\\n\\x41-\\x43\\]]{9}',
  'a{2}{3}',
  'a{0}',
  'a{,2}',
  'a{',
  'a{x}',
  '{',
  '((((a))))',
  '()',
  '(|a)',
];

for (const pattern of PATTERNS)
  test(`random: what ${JSON.stringify(pattern)} generates matches it`, () => {
    // RE2 takes no repetition of a repetition in its other syntax.
    const whole = compileRegexp(`^(?:${pattern.replace('{2}{3}', '{6}')})$`);
    for (let turn = 0; turn < 50; turn += 1) {
      const text = generated(pattern);
      assert.ok(whole.test(text), `found ${JSON.stringify(text)}`);
    }
  });

/** Patterns of every part that they can have. */
const pattern = fc.letrec<{ choice: string; sequence: string; part: string; one: string }>(
  (tie) => ({
    choice: fc
      .array(tie('sequence'), { minLength: 1, maxLength: 3, depthIdentifier: 'p' })
      .map((options) => options.join('|')),
    sequence: fc
      .array(tie('part'), { maxLength: 4, depthIdentifier: 'p' })
      .map((parts) => parts.join('')),
    part: fc
      .tuple(tie('one'), fc.constantFrom('', '', '?', '{2}', '{0,3}', '{1,2}'))
      .map(([one, repeat]) => one + repeat),
    one: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'p' },
      fc.constantFrom('a', 'é', '😀', '.', '\\.', '\\x41', '[a-c]', '[^a-c]', '[[:alpha:]_]', '-'),
      tie('choice').map((inside) => `(${inside})`),
    ),
  }),
).choice;

test('random: whatever the pattern, what it generates matches it', () => {
  fc.assert(
    fc.property(pattern, (written) => {
      const text = generated(written);
      assert.ok(compileRegexp(`^(?:${written})$`).test(text), JSON.stringify(text));
    }),
    { numRuns: 500 },
  );
});

test('random: every character of a class comes up', () => {
  const seen = new Set(Array.from({ length: 2000 }, () => generated('[a-cx-z5]')));
  assert.deepEqual([...seen].sort(), ['5', 'a', 'b', 'c', 'x', 'y', 'z']);
});

test('random: counts go from the least to the most', () => {
  const seen = new Set(Array.from({ length: 1000 }, () => generated('a{2,5}').length));
  assert.deepEqual(seen, new Set([2, 3, 4, 5]));
});

test('random: texts have no NUL and no half of a character', () => {
  for (let turn = 0; turn < 200; turn += 1) {
    const text = generated('[\\x00-\\x{10FFFF}]{20}');
    assert.ok(text.isWellFormed());
    assert.doesNotMatch(text, /\0/);
  }
});

/** What Go 1.26 says of patterns without its Perl extensions, as Kyverno parses them. */
const REFUSED: readonly (readonly [pattern: string, message: string])[] = [
  ['\\d', 'invalid escape sequence: `\\d`'],
  ['[\\d]', 'invalid escape sequence: `\\d`'],
  ['\\pL', 'invalid escape sequence: `\\p`'],
  ['\\1', 'invalid escape sequence: `\\1`'],
  ['\\q', 'invalid escape sequence: `\\q`'],
  ['\\x{110000}', 'invalid escape sequence: `\\x{110000}`'],
  ['\\', 'trailing backslash at end of expression: ``'],
  ['(?:a)', 'missing argument to repetition operator: `?`'],
  ['*a', 'missing argument to repetition operator: `*`'],
  ['a|*', 'missing argument to repetition operator: `*`'],
  ['{2}', 'missing argument to repetition operator: `{2}`'],
  ['(a', 'missing closing ): `(a`'],
  ['a)', 'unexpected ): `a)`'],
  ['[a', 'missing closing ]: `[a`'],
  ['[]', 'missing closing ]: `[]`'],
  ['[z-a]', 'invalid character class range: `z-a`'],
  ['[a-c-e]', 'invalid character class range: `-e`'],
  ['[[:nope:]]', 'invalid character class range: `[:nope:]`'],
  ['a{1001}', 'invalid repeat count: `{1001}`'],
  ['a{3,2}', 'invalid repeat count: `{3,2}`'],
  ['a{1000}{1000}', 'invalid repeat count: `{1000}`'],
  ['((a{100}){100}){100}', 'invalid repeat count: `{100}`'],
];

for (const [written, message] of REFUSED)
  test(`random: ${JSON.stringify(written)} is refused in Go's words`, () => {
    assert.throws(
      () => parseTextPattern(written),
      new PatternError(...(message.split(/: `|`$/).slice(0, 2) as [string, string])),
    );
  });

test('random: a class without characters is refused', () => {
  const set = '[^\\x00-\\x{10FFFF}]';
  assert.throws(() => parseTextPattern(set), new PatternError('no character is in the class', set));
});

/** Patterns that would take forever, or too much memory. */
const HOSTILE: readonly (readonly [what: string, pattern: string])[] = [
  ['repetitions in repetitions', '((((a*)*)*)*)*'],
  ['long ones', '([a-z]*)*([a-z]*)*'],
  ['copies of repetitions', '(a*){1000}'],
];

for (const [what, written] of HOSTILE)
  test(`random: ${what} end with the budget`, () => {
    const parsed = parseTextPattern(written);
    assert.throws(
      () => {
        for (let turn = 0; turn < 50; turn += 1) generateText(parsed, new EvaluationBudget());
      },
      (error) => error instanceof ConditionError && error.code === 'TOO_EXPENSIVE',
    );
  });

test('random: depth is bounded, and what is allowed exhausts no stack', () => {
  const nested = (depth: number): string => `${'('.repeat(depth)}a${')?'.repeat(depth)}`;
  assert.match(generated(nested(1000)), /^a?$/);
  assert.throws(() => parseTextPattern(nested(1001)), /expression nests too deeply/);
  assert.match(generated(`a${'{1}'.repeat(1300)}`), /^a$/);
});
