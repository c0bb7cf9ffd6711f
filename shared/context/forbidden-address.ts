import { BlockList, isIP } from 'node:net';

type Block = readonly [address: string, prefix: number, type: 'ipv4' | 'ipv6'];

/**
 * Where no service of a policy is: link-local addresses with the metadata services of clouds (RFC 3927,
 * RFC 4291), those of clouds that have them elsewhere, what no single host has, and their forms in the
 * well-known prefix of NAT64 (RFC 6052).
 */
const NOWHERE: readonly Block[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  // Alibaba Cloud, Azure, Oracle Cloud.
  ['100.100.100.200', 32, 'ipv4'],
  ['168.63.129.16', 32, 'ipv4'],
  ['192.0.0.192', 32, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['255.255.255.255', 32, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  // AWS, Google Cloud.
  ['fd00:ec2::254', 128, 'ipv6'],
  ['fd20:ce::254', 128, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  ['64:ff9b::a9fe:0', 112, 'ipv6'],
  ['64:ff9b::6464:64c8', 128, 'ipv6'],
  ['64:ff9b::a83f:8110', 128, 'ipv6'],
];

/** The webhook itself and what else is in its Pod. */
const OURS: readonly Block[] = [
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['64:ff9b::7f00:0', 104, 'ipv6'],
];

const nowhere = listOf(NOWHERE);
const ours = listOf(OURS);

/** Whether no policy may have this IP address called; IPv4 inside IPv6 is seen as what it is. */
export function isForbiddenAddress(address: string, allowsLoopback: boolean): boolean {
  const type = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  return nowhere.check(address, type) || (!allowsLoopback && ours.check(address, type));
}

function listOf(blocks: readonly Block[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) list.addSubnet(...block);
  return list;
}
