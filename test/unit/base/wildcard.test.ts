import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hostBoundedWildcardMatches, wildcardMatches } from '#shared/base/wildcard.ts';

/** Kyverno 1.19 */
const CASES: readonly (readonly [string, string, boolean])[] = [
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'a/b:c@d', true],
  ['a', 'A', false],
  ['a', 'ab', false],
  ['?', '', false],
  ['?', 'ab', false],
  ['?*', '', false],
  ['?*', 'a', true],
  ['ghcr.io/*', 'ghcr.io/a/b:v1', true],
  ['ghcr.io/*', 'xghcr.io/a', false],
  ['*@sha256:*', 'nginx@sha256:abc', true],
  ['*@sha256:*', 'nginx:1', false],
  ['a**b', 'a/b', true],
  ['a*b*c', 'abbc', true],
  ['a*b*c', 'acb', false],
  ['[a]', 'a', false],
  ['\\*', '*', false],
  ['?', '😀', true],
  ['??', '😀', false],
  ['*😀', 'a😀', true],
];

for (const [pattern, text, expected] of CASES) {
  test(`wildcardMatches ${JSON.stringify(pattern)} ${expected ? 'is' : 'is not'} ${JSON.stringify(text)}`, () => {
    assert.equal(wildcardMatches(pattern, text), expected);
  });
}

/** The definition, word by word; exponential, so only for small inputs. */
function oracle(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const rest = pattern.slice(1);
  if (pattern[0] === '*')
    return oracle(rest, text) || (text !== '' && oracle(pattern, text.slice(1)));
  return (
    text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && oracle(rest, text.slice(1))
  );
}

test('wildcardMatches agrees with the definition on all small inputs', () => {
  const word = (letters: readonly string[]): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(word(['a', 'b', '*', '?']), word(['a', 'b', '/']), (pattern, text) => {
      assert.equal(wildcardMatches(pattern, text), oracle(pattern, text));
    }),
    { numRuns: 2000 },
  );
});

test('wildcardMatches answers a pattern that makes backtracking matchers hang', () => {
  assert.equal(wildcardMatches(`${'a*'.repeat(200)}b`, 'a'.repeat(5000)), false);
});

const BOUNDED: readonly (readonly [string, string, boolean])[] = [
  ['*', 'a.example/b:1', true],
  ['**', 'a.example/b:1', true],
  ['*.trusted.example/*', 'x.trusted.example/app:1', true],
  ['*.trusted.example/*', 'attacker.example/x.trusted.example/app:1', false],
  ['trusted.example*', 'trusted.example/app:1', false],
  ['trusted*/app:?', 'trusted.example/app:1', true],
  ['trusted?*/app', 'trusted.example/team/app', false],
  ['*/app', 'trusted.example/team/app', false],
  ['*/*app', 'trusted.example/team/app', true],
  ['app*', 'app:1', true],
];

for (const [pattern, text, expected] of BOUNDED) {
  test(`MNH-12 hostBoundedWildcardMatches "${pattern}" ${expected ? 'is' : 'is not'} "${text}"`, () => {
    assert.equal(hostBoundedWildcardMatches(pattern, text), expected);
  });
}
