import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isForbiddenAddress } from '#shared/context/forbidden-address.ts';

const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['169.254.169.254', 'the metadata service of most clouds'],
  ['169.254.170.2', 'credentials of ECS tasks'],
  ['::ffff:169.254.169.254', 'the same as IPv4 in IPv6'],
  ['64:ff9b::a9fe:a9fe', 'the same through NAT64'],
  ['fe80::1', 'a link-local address'],
  ['fd00:ec2::254', 'the metadata service of AWS'],
  ['fd20:ce::254', 'the metadata service of Google Cloud'],
  ['100.100.100.200', 'the metadata service of Alibaba Cloud'],
  ['168.63.129.16', 'the wire server of Azure'],
  ['192.0.0.192', 'the metadata service of Oracle Cloud'],
  ['0.0.0.0', 'this host'],
  ['::', 'this host'],
  ['224.0.0.1', 'a multicast address'],
  ['ff02::1', 'a multicast address'],
  ['255.255.255.255', 'the broadcast address'],
];

for (const [address, what] of FORBIDDEN) {
  test(`isForbiddenAddress: ${address} is refused (${what}), also where loopback is not`, () => {
    assert.equal(isForbiddenAddress(address, false), true);
    assert.equal(isForbiddenAddress(address, true), true);
  });
}

for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1']) {
  test(`isForbiddenAddress: ${address} is loopback, refused unless it is allowed`, () => {
    assert.equal(isForbiddenAddress(address, false), true);
    assert.equal(isForbiddenAddress(address, true), false);
  });
}

for (const address of [
  '10.96.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '8.8.8.8',
  'fd12::1',
  '2001:db8::1',
]) {
  test(`isForbiddenAddress: a service may be at ${address}`, () => {
    assert.equal(isForbiddenAddress(address, false), false);
  });
}
