import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeBudget } from '#server/admission/deadline.ts';

const CASES: readonly (readonly [string | undefined, number])[] = [
  ['10s', 10_000],
  ['7s', 7000],
  ['1s', 1000],
  ['500ms', 500],
  ['1m0s', 30_000],
  ['1.5s', 1500],
  [undefined, 10_000],
  ['', 10_000],
  ['soon', 10_000],
  ['-1s', 10_000],
  ['0s', 10_000],
  ['1e9s', 10_000],
  [`${'9'.repeat(100)}s`, 10_000],
];

for (const [timeout, total] of CASES) {
  test(`MNH-17 timeBudget: for ${String(timeout)} the engine stops before the answer goes out, and that before the caller gives up`, () => {
    const { stop, answer } = timeBudget(timeout);
    assert(stop < answer, `${stop} < ${answer}`);
    assert(answer < total, `${answer} < ${total}`);
    assert(stop >= total * 0.6, `${stop} leaves time for work`);
  });
}

test('timeBudget: keeps 500 and 300 ms back where there is enough time', () => {
  assert.deepEqual(timeBudget('7s'), { stop: 6500, answer: 6700 });
});
