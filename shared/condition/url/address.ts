import { readIpAddress } from './ip-address.ts';

/** An IP address with its bits. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
  /** In its canonical spelling. */
  readonly text: string;
}

/** An address and how many of its bits name a network. */
export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/**
 * Reads an address without a zone, as Kubernetes' expressions allow it: none of IPv4 inside IPv6. Undefined for other
 * text.
 */
export function parseAddress(text: string): Address | undefined {
  const canonical = text.length > MAX_LENGTH ? undefined : readIpAddress(text);
  if (canonical === undefined) return undefined;
  if (!text.includes(':')) return { family: 4, value: valueOf(canonical.split('.'), 8), text };
  return canonical.includes(':') ? sixOf(canonical) : undefined;
}

/** The longest IPv6 address has 39 characters, with an IPv4 address inside 45. */
const MAX_LENGTH = 45;

function sixOf(text: string): Address {
  const [before = '', after] = text.split('::');
  const left = before === '' ? [] : before.split(':');
  const right = after === undefined || after === '' ? [] : after.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const value = valueOf(
    [...left, ...zeros, ...right].map((group) => `0x${group}`),
    16,
  );
  return { family: 6, value, text };
}

function valueOf(groups: readonly string[], bits: number): bigint {
  return groups.reduce((value, group) => (value << BigInt(bits)) | BigInt(group), 0n);
}

/** Reads `10.0.0.0/8`; undefined for other text. */
export function parseNetwork(text: string): Network | undefined {
  const [, before = '', written = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const address = before === '' ? undefined : parseAddress(before);
  const bits = Number(written);
  return address === undefined || bits > lengthOf(address) ? undefined : { address, bits };
}

function lengthOf({ family }: Address): number {
  return family === 4 ? 32 : 128;
}

/** The first address of the network that this one is in. */
export function maskedAddress(address: Address, bits: number): Address {
  const rest = BigInt(lengthOf(address) - bits);
  return addressOf(address.family, (address.value >> rest) << rest);
}

function addressOf(family: 4 | 6, value: bigint): Address {
  const groups = Array.from({ length: family === 4 ? 4 : 8 }, (_, index) => {
    const size = family === 4 ? 8 : 16;
    const shift = BigInt(size * ((family === 4 ? 3 : 7) - index));
    return ((value >> shift) & ((1n << BigInt(size)) - 1n)).toString(family === 4 ? 10 : 16);
  });
  const text = groups.join(family === 4 ? '.' : ':');
  return { family, value, text: readIpAddress(text) ?? text };
}

/** Whether an address is in a network, which is so for addresses of the same family only. */
export function networkContains({ address, bits }: Network, other: Address): boolean {
  const rest = BigInt(lengthOf(address) - bits);
  return other.family === address.family && other.value >> rest === address.value >> rest;
}
