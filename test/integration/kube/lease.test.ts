import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { stringAt } from '#shared/base/json-value.ts';
import { Lease } from '#shared/kube/lease.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';

let directory: string;
let fake: FakeKube;
let kube: Kube;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-lease-'));
  fake = await startFakeKube();
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, fake.kubeconfig());
  kube = await openKube({ kubeconfig });
});

afterEach(async () => {
  mock.restoreAll();
  await fake.close();
  await rm(directory, { recursive: true });
});

function lease(holder: string): Lease {
  return new Lease(kube, { name: 'scan', namespace: 'default', holder });
}

function holder(): string | undefined {
  return stringAt(fake.get('Lease', 'scan', 'default'), 'spec', 'holderIdentity');
}

/** Everybody's clock goes on by so many seconds. */
function pass(seconds: number): void {
  const now = performance.now() + seconds * 1000;
  mock.restoreAll();
  mock.method(performance, 'now', () => now);
}

test('lease: the first one has it, and keeps it while it is heard of', async () => {
  const [one, other] = [lease('one'), lease('other')];
  assert.equal(await one.hold(), true);
  for (let turn = 0; turn < 4; turn += 1) {
    assert.equal(await other.hold(), false);
    pass(50);
    assert.equal(await one.hold(), true);
  }
  assert.equal(holder(), 'one');
});

test('lease: who is silent for a minute loses it, by the clock of the one who wants it', async () => {
  const [one, other] = [lease('one'), lease('other')];
  await one.hold();
  assert.equal(await other.hold(), false);
  pass(61);
  assert.equal(await other.hold(), true);
  assert.equal(await one.hold(), false);
  assert.equal(holder(), 'other');
});

test('lease: who leaves it hands it over at once, and nobody leaves what others have', async () => {
  const [one, other] = [lease('one'), lease('other')];
  await one.hold();
  await other.release();
  assert.equal(holder(), 'one');
  await one.release();
  assert.equal(await other.hold(), true);
});

test('lease: of two who want it at the same moment one gets it', async () => {
  const both = [lease('one'), lease('other')];
  const held = await Promise.all(both.map((each) => each.hold()));
  assert.equal(held.filter(Boolean).length, 1);
  await Promise.all(both.map((each) => each.release()));
  const again = await Promise.all(both.map((each) => each.hold()));
  assert.equal(again.filter(Boolean).length, 1);
});

test('lease: what cannot be found out is an error, and not a no', async () => {
  const code = 403;
  fake.fail({ path: /leases/, outcome: { kind: 'status', code, reason: 'Forbidden' } });
  await assert.rejects(lease('one').hold(), { code: 'FORBIDDEN' });
});

test('lease: in a namespace that is not there nobody else has it', async () => {
  const alone = new Lease(kube, { name: 'scan', namespace: 'missing', holder: 'one' });
  assert.equal(await alone.hold(), true);
  await alone.release();
});
