import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRegexp } from '#shared/base/regexp.ts';
import { regexpWarnings, textMatcher } from '#shared/trust/text-matcher.ts';

const MATCHES: readonly [
  kind: 'exact' | 'wildcard' | 'regexp',
  pattern: string,
  text: string,
  matches: boolean,
][] = [
  ['exact', 'a.b', 'a.b', true],
  ['exact', 'a.b', 'axb', false],
  ['exact', 'a*', 'ab', false],
  ['exact', 'a', 'a ', false],
  ['wildcard', 'https://github.com/acme/*', 'https://github.com/acme/app/x.yml', true],
  ['wildcard', 'https://github.com/acme/*', 'https://githubxcom/acme/app', false],
  ['wildcard', 'https://github.com/acme/*', 'https://evil.example/https://github.com/acme/', false],
  ['wildcard', '*@acme.example', 'dev@acme.example', true],
  ['wildcard', '*@acme.example', 'dev@acme.example.evil', false],
  ['wildcard', 'v?', 'v1', true],
  ['wildcard', 'v?', 'v12', false],
  ['wildcard', '*', '', true],
  ['wildcard', 'a*b', 'a\nb', true],
  ['wildcard', 'a{1}[b](c)+|^$\\', 'a{1}[b](c)+|^$\\', true],
  ['regexp', 'acme', 'https://github.com/acme/app', true],
  ['regexp', '^acme$', 'https://github.com/acme/app', false],
  ['regexp', '^https://github\\.com/acme/', 'https://github.com/acme/x', true],
  ['regexp', '(?i)ACME', 'acme', true],
];

for (const [kind, pattern, text, matches] of MATCHES) {
  test(`textMatcher() ${kind} ${pattern} ${matches ? 'accepts' : 'refuses'} ${JSON.stringify(text)}`, () => {
    assert.equal(textMatcher(kind, pattern).test(text), matches);
  });
}

for (const kind of ['exact', 'wildcard', 'regexp'] as const) {
  test(`MNH-11 textMatcher() refuses an empty ${kind} pattern`, () => {
    assert.throws(() => textMatcher(kind, ''), { code: 'EMPTY' });
  });
}

test('textMatcher() says what is wrong with an expression that is not RE2', () => {
  for (const source of ['a(', '(?=a)', 'a\\1', 'a'.repeat(5000)]) {
    assert.throws(
      () => textMatcher('regexp', source),
      /^RegexpError: Cannot use regular expression/,
    );
  }
});

test('textMatcher() takes linear time for patterns that backtracking engines choke on', () => {
  const text = `${'a'.repeat(5000)}b`;
  assert.equal(textMatcher('regexp', '^(a+)+$').test(text), false);
  assert.equal(textMatcher('wildcard', `${'*a'.repeat(50)}c`).test(text), false);
});

const WARNINGS: readonly [source: string, warning: RegExp | undefined][] = [
  ['^https://github\\.com/acme/app$', undefined],
  ['\\Aacme\\z', undefined],
  ['^(a|b)$', undefined],
  ['(?i)^acme$', undefined],
  ['^[|]$', undefined],
  ['acme', /is not anchored/],
  ['^acme', /is not anchored/],
  ['acme$', /is not anchored/],
  ['^acme\\$', /is not anchored/],
  ['^acme|dev$', /is not anchored/],
  ['(?m)^acme$', /is not anchored/],
  ['.*', /matches every text/],
  ['^.*$', /matches every text/],
  ['.+', /matches every text/],
  ['', undefined],
];

for (const [source, warning] of WARNINGS.filter(([source]) => source !== '')) {
  test(`MNH-11 regexpWarnings() ${warning === undefined ? 'accepts' : 'warns about'} ${source}`, () => {
    const faults = regexpWarnings(compileRegexp(source), 'spec.subjectRegExp');
    assert.equal(faults.length, warning === undefined ? 0 : 1);
    for (const fault of faults) {
      assert.equal(fault.severity, 'warning');
      assert.equal(fault.path, 'spec.subjectRegExp');
      assert.match(fault.message, warning ?? /^$/);
    }
  });
}
