import { ConditionError } from '../../condition-error.ts';
import {
  type Address,
  maskedAddress,
  type Network,
  networkContains,
  parseAddress,
  parseNetwork,
} from '../../url/address.ts';
import { CelOpaque, type OpaqueKind } from '../value/cel-opaque.ts';
import type { CallArguments } from './call-arguments.ts';
import type { Library } from './library.ts';

const IP: OpaqueKind<Address> = {
  name: 'net.IP',
  isEqual: (left, right) => left.text === right.text,
};

const CIDR: OpaqueKind<Network> = {
  name: 'net.CIDR',
  isEqual: (left, right) => left.address.text === right.address.text && left.bits === right.bits,
};

/** IP addresses and networks. */
export const ADDRESSES: Library = {
  'ip(string): IP': (args) => new CelOpaque(IP, toAddress(args, 0)),
  'isIP(string): bool': (args) => parseAddress(args.text(0)) !== undefined,
  'ip.isCanonical(string): bool': (args) => toAddress(args, 0).text === args.text(0),
  'IP -> family(): int': (args) => BigInt(address(args).family),
  'IP -> isUnspecified(): bool': (args) => address(args).value === 0n,
  'IP -> isLoopback(): bool': (args) => isLoopback(address(args)),
  'IP -> isLinkLocalMulticast(): bool': (args) => isLinkLocalMulticast(address(args)),
  'IP -> isLinkLocalUnicast(): bool': (args) => isLinkLocalUnicast(address(args)),
  'IP -> isGlobalUnicast(): bool': (args) => isGlobalUnicast(address(args)),
  'string(IP): string': (args) => address(args).text,
  'cidr(string): CIDR': (args) => new CelOpaque(CIDR, toNetwork(args, 0)),
  'isCIDR(string): bool': (args) => parseNetwork(args.text(0)) !== undefined,
  'CIDR -> containsIP(string): bool': (args) => contains(args, toAddress(args, 1)),
  'CIDR -> containsIP(IP): bool': (args) => contains(args, args.payload(IP, 1)),
  'CIDR -> containsCIDR(string): bool': (args) => covers(args, toNetwork(args, 1)),
  'CIDR -> containsCIDR(CIDR): bool': (args) => covers(args, args.payload(CIDR, 1)),
  'CIDR -> ip(): IP': (args) => new CelOpaque(IP, network(args).address),
  'CIDR -> prefixLength(): int': (args) => BigInt(network(args).bits),
  'CIDR -> masked(): CIDR': (args) => {
    const { address, bits } = network(args);
    return new CelOpaque(CIDR, { address: maskedAddress(address, bits), bits });
  },
  'string(CIDR): string': (args) => `${network(args).address.text}/${network(args).bits}`,
};

function address(args: CallArguments): Address {
  return args.payload(IP, 0);
}

function network(args: CallArguments): Network {
  return args.payload(CIDR, 0);
}

function toAddress(args: CallArguments, index: number): Address {
  return known(parseAddress(args.text(index)), args.text(index), 'IP address');
}

function toNetwork(args: CallArguments, index: number): Network {
  return known(parseNetwork(args.text(index)), args.text(index), 'network');
}

function known<Value>(value: Value | undefined, text: string, what: string): Value {
  if (value !== undefined) return value;
  throw new ConditionError(
    'INVALID_ARGUMENT',
    `${JSON.stringify(text.slice(0, 80))} is no ${what}`,
  );
}

function contains(args: CallArguments, other: Address): boolean {
  return networkContains(network(args), other);
}

function covers(args: CallArguments, { address: other, bits }: Network): boolean {
  return network(args).bits <= bits && contains(args, other);
}

/** The first bits of an address. */
function startsWith({ family, value }: Address, prefix: bigint, bits: number): boolean {
  return value >> BigInt((family === 4 ? 32 : 128) - bits) === prefix;
}

function isLoopback(ip: Address): boolean {
  return ip.family === 4 ? startsWith(ip, 127n, 8) : ip.value === 1n;
}

function isLinkLocalMulticast(ip: Address): boolean {
  if (ip.family === 4) return startsWith(ip, 0xe0_00_00n, 24);
  return startsWith(ip, 0xffn, 8) && ((ip.value >> 112n) & 0xfn) === 2n;
}

function isLinkLocalUnicast(ip: Address): boolean {
  return ip.family === 4 ? startsWith(ip, 0xa9_fen, 16) : startsWith(ip, 0x3_fan, 10);
}

function isMulticast(ip: Address): boolean {
  return ip.family === 4 ? startsWith(ip, 0xen, 4) : startsWith(ip, 0xffn, 8);
}

function isGlobalUnicast(ip: Address): boolean {
  const isBroadcast = ip.family === 4 && ip.value === 0xff_ff_ff_ffn;
  return (
    ip.value !== 0n &&
    !isBroadcast &&
    !isLoopback(ip) &&
    !isMulticast(ip) &&
    !isLinkLocalUnicast(ip)
  );
}
