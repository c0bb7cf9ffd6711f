import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import { HostLookupError } from '#shared/base/host-lookup.ts';
import { systemHosts } from '#shared/context/system-hosts.ts';

test('systemHosts: all addresses of a name that this machine knows', async () => {
  const addresses = await systemHosts.addressesOf('localhost', undefined);
  assert.ok(addresses.length > 0);
  assert.deepEqual(
    addresses.filter((address) => isIP(address) === 0),
    [],
  );
});

test('systemHosts: a name that cannot exist has none', async () => {
  await assert.rejects(
    systemHosts.addressesOf(`${'a'.repeat(64)}.example`, undefined),
    new HostLookupError('NO_SUCH_HOST', 'no such host'),
  );
});

test('systemHosts: whoever does not wait any more gets the reason', async () => {
  const reason = new Error('nobody waits');
  await assert.rejects(systemHosts.addressesOf('localhost', AbortSignal.abort(reason)), reason);
  const addresses = await Promise.all(
    Array.from({ length: 10 }, async () => systemHosts.addressesOf('localhost', undefined)),
  );
  assert.equal(addresses.length, 10);
});
