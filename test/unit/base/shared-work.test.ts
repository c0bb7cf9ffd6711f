import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedWork } from '#shared/base/shared-work.ts';

interface Running {
  readonly signal: AbortSignal;
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

function track(): { started: Running[]; work: (signal: AbortSignal) => Promise<string> } {
  const started: Running[] = [];
  const work = (signal: AbortSignal): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    started.push({ signal, resolve, reject });
    return promise;
  };
  return { started, work };
}

test('SharedWork.run() starts equal work once while it is in flight', async () => {
  const shared = new SharedWork<string>();
  const { started, work } = track();
  const results = Array.from({ length: 12 }, () => shared.run('a', undefined, work));
  const other = shared.run('b', undefined, work);
  assert.equal(started.length, 2);
  started[0]?.resolve('one');
  started[1]?.resolve('two');
  assert.deepEqual(new Set(await Promise.all(results)), new Set(['one']));
  assert.equal(await other, 'two');
});

test('SharedWork.run() keeps neither values nor errors', async () => {
  const shared = new SharedWork<string>();
  const { started, work } = track();
  const first = shared.run('a', undefined, work);
  started[0]?.reject(new Error('broken'));
  await assert.rejects(first, { message: 'broken' });
  const second = shared.run('a', undefined, work);
  started[1]?.resolve('fine');
  assert.equal(await second, 'fine');
  assert.equal(started.length, 2);
});

test("SharedWork.run() rejects one caller's abort for that caller only", async () => {
  const shared = new SharedWork<string>();
  const { started, work } = track();
  const impatient = new AbortController();
  const first = shared.run('a', impatient.signal, work);
  const second = shared.run('a', new AbortController().signal, work);
  impatient.abort(new Error('no time'));
  await assert.rejects(first, { message: 'no time' });
  assert.equal(started[0]?.signal.aborted, false);
  started[0]?.resolve('late');
  assert.equal(await second, 'late');
});

test('SharedWork.run() cancels work that nobody waits for, and starts anew for who comes next', async () => {
  const shared = new SharedWork<string>();
  const { started, work } = track();
  const callers = [new AbortController(), new AbortController()];
  const results = callers.map(({ signal }) => shared.run('a', signal, work));
  for (const caller of callers) caller.abort(new Error('no time'));
  for (const result of results) await assert.rejects(result, { message: 'no time' });
  assert.equal(started[0]?.signal.aborted, true);
  const next = shared.run('a', undefined, work);
  started[0]?.reject(new Error('cancelled'));
  started[1]?.resolve('fresh');
  assert.equal(await next, 'fresh');
});

test('MNH-17 SharedWork.run() starts nothing for a caller without time', async () => {
  const shared = new SharedWork<string>();
  const { started, work } = track();
  await assert.rejects(shared.run('a', AbortSignal.abort(new Error('late')), work), {
    message: 'late',
  });
  assert.equal(started.length, 0);
});

test('SharedWork.run() never cancels work that a caller without a signal waits for', async () => {
  const shared = new SharedWork<string>();
  const { started, work } = track();
  const patient = shared.run('a', undefined, work);
  const impatient = new AbortController();
  const other = shared.run('a', impatient.signal, work);
  impatient.abort(new Error('no time'));
  await assert.rejects(other);
  assert.equal(started[0]?.signal.aborted, false);
  started[0]?.resolve('done');
  assert.equal(await patient, 'done');
});
