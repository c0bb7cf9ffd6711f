import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Limiter } from '#shared/base/limiter.ts';
import { raceAbort } from '#shared/base/race-abort.ts';
import { SingleFlight } from '#shared/base/single-flight.ts';
import { TtlCache } from '#shared/base/ttl-cache.ts';

test('SingleFlight shares work in flight and forgets it when it settles', async () => {
  const flights = new SingleFlight<number>();
  let runs = 0;
  const work = async (): Promise<number> => {
    runs += 1;
    return Promise.resolve(runs);
  };
  assert.deepEqual(
    await Promise.all([flights.run('a', work), flights.run('a', work), flights.run('b', work)]),
    [1, 1, 2],
  );
  assert.equal(await flights.run('a', work), 3);
});

test('SingleFlight gives an error to everybody who waits, and keeps it for nobody', async () => {
  const flights = new SingleFlight<number>();
  const failing = async (): Promise<number> => Promise.reject(new Error('down'));
  const both = await Promise.allSettled([flights.run('a', failing), flights.run('a', failing)]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(await flights.run('a', async () => Promise.resolve(1)), 1);
});

test('Limiter never runs more than its limit, and runs everything', async () => {
  const limiter = new Limiter(2);
  let running = 0;
  let peak = 0;
  const results = await Promise.all(
    [1, 2, 3, 4, 5].map((value) =>
      limiter.run(async () => {
        running += 1;
        peak = Math.max(peak, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return value;
      }),
    ),
  );
  assert.deepEqual(results, [1, 2, 3, 4, 5]);
  assert.equal(peak, 2);
});

test('Limiter frees its place when work fails', async () => {
  const limiter = new Limiter(1);
  await assert.rejects(limiter.run(async () => Promise.reject(new Error('no'))));
  assert.equal(await limiter.run(async () => Promise.resolve('next')), 'next');
});

test('TtlCache forgets what is older than its time to live', () => {
  let now = 0;
  const cache = new TtlCache<string>({ maxEntries: 4, clock: { now: () => now } });
  cache.set('a', '1', 10);
  cache.set('b', '2', 20);
  now = 9;
  assert.equal(cache.get('a'), '1');
  now = 10;
  assert.equal(cache.get('a'), undefined);
  assert.equal(cache.get('b'), '2');
  cache.clear();
  assert.equal(cache.get('b'), undefined);
});

test('TtlCache keeps what is used and forgets the rest when it is full', () => {
  const cache = new TtlCache<number>({ maxEntries: 10, clock: { now: () => 0 } });
  cache.set('used', -1, 1);
  for (let index = 0; index < 1000; index += 1) {
    cache.set(`passing ${index}`, index, 1);
    assert.equal(cache.get('used'), -1);
  }
  const kept = Array.from({ length: 1000 }, (_, index) => cache.get(`passing ${index}`));
  assert.ok(kept.filter((value) => value !== undefined).length <= 10);
  assert.equal(kept.at(-1), 999);
});

test('raceAbort() rejects with the reason for one caller while the work goes on for the other', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const impatient = new AbortController();
  const first = raceAbort(promise, impatient.signal);
  const second = raceAbort(promise, new AbortController().signal);
  impatient.abort(new Error('out of time'));
  await assert.rejects(first, /out of time/);
  resolve('done');
  assert.equal(await second, 'done');
  await assert.rejects(raceAbort(promise, impatient.signal), /out of time/);
});
