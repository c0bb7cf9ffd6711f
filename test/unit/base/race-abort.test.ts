import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { raceAbort } from '#shared/base/race-abort.ts';

const LATE = new Error('late');

test('raceAbort: the work, where nobody gives up', async () => {
  assert.equal(await raceAbort(Promise.resolve(1), undefined), 1);
  assert.equal(await raceAbort(Promise.resolve(1), new AbortController().signal), 1);
});

test('raceAbort: the reason of the signal, while the work goes on', async () => {
  const work = Promise.withResolvers<number>();
  const waiting = new AbortController();
  const raced = raceAbort(work.promise, waiting.signal);
  waiting.abort(LATE);
  await assert.rejects(raced, LATE);
  work.resolve(2);
  assert.equal(await work.promise, 2);
});

test('raceAbort: work that fails after everybody gave up is nobody’s unhandled error', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    for (const signal of [AbortSignal.abort(LATE), AbortSignal.timeout(0)]) {
      const work = Promise.withResolvers<number>();
      await assert.rejects(raceAbort(work.promise, signal));
      work.reject(new Error('down'));
      await turn();
    }
  } finally {
    process.off('unhandledRejection', note);
  }
  assert.deepEqual(unhandled, []);
});
