import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextLink } from '#shared/registry/link-header.ts';
import { parseRetryAfter } from '#shared/registry/retry-after.ts';

const LINKS: readonly (readonly [string | undefined, string | undefined])[] = [
  ['</v2/a/referrers/x?n=2>; rel="next"', '/v2/a/referrers/x?n=2'],
  ['</b>; rel=next', '/b'],
  ['</a>; rel="prev", </b>; rel="next"', '/b'],
  ['</a,b>; title="x"; rel="last next"', '/a,b'],
  ['</a>; rel="nextish"', undefined],
  ['</a>; rel=nextish', undefined],
  ['</a>', undefined],
  ['', undefined],
  [undefined, undefined],
];

for (const [header, expected] of LINKS) {
  test(`nextLink() reads ${String(header)}`, () => {
    assert.equal(nextLink(header), expected);
  });
}

const NOW = Date.parse('2026-01-01T00:00:00Z');

const WAITS: readonly (readonly [string | undefined, number | undefined])[] = [
  ['0', 0],
  ['120', 120],
  [' 7 ', 7],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['99999999999999999999', undefined],
  [undefined, undefined],
];

for (const [header, expected] of WAITS) {
  test(`parseRetryAfter() reads ${String(header)} as ${String(expected)} seconds`, () => {
    assert.equal(parseRetryAfter(header, NOW), expected);
  });
}
