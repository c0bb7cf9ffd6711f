import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteSlab } from '#shared/base/byte-slab.ts';

test('ByteSlab keeps copies that neither change with the original nor with one another', () => {
  const slab = new ByteSlab();
  const originals = Array.from({ length: 100 }, (_, index) => Buffer.alloc(index * 7, index));
  const kept = originals.map((bytes) => slab.keep(bytes));
  for (const original of originals) original.fill(0xff);
  for (const [index, bytes] of kept.entries())
    assert.deepEqual(bytes, Buffer.alloc(index * 7, index));
});

test('ByteSlab puts small ones side by side, and never into the pool that Node shares', () => {
  const slab = new ByteSlab();
  const [one, two] = [slab.keep(Buffer.from('one')), slab.keep(Buffer.from('two'))];
  assert.equal(one.buffer, two.buffer);
  assert.notEqual(one.buffer, Buffer.from('pooled').buffer);
});

test('ByteSlab gives large ones memory of their own', () => {
  const slab = new ByteSlab();
  const large = slab.keep(Buffer.alloc(5000, 1));
  assert.equal(large.buffer.byteLength, 5000);
  assert.notEqual(slab.keep(Buffer.from('small')).buffer, large.buffer);
});
