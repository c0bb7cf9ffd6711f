import { messageOf } from '../../base/coded-error.ts';
import { ConditionError } from '../condition-error.ts';
import type { Evaluation } from '../evaluation.ts';
import { type IpAddress, isInternalAddress, readIpAddress } from '../url/ip-address.ts';
import { hostnameOf, parseUrl } from '../url/parse-url.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { Arguments } from './arguments.ts';
import type { FunctionGroup } from './function-entry.ts';

/** Functions about places in the network. */
export const ADDRESS_FUNCTIONS: FunctionGroup = {
  is_external_url: { parameters: [['string']], call: isExternalUrl },
};

/**
 * Whether no address of a URL's host is of this machine or of a private network. A name is looked up; what cannot
 * be looked up is never external.
 */
function isExternalUrl(args: Arguments, { hosts }: Evaluation): boolean {
  const host = hostnameIn(args.text(0));
  const literal = readIpAddress(withoutZone(host));
  if (literal !== undefined) return !isInternalAddress(literal);
  // RFC 6761 §6.3: the same everywhere, so that nobody has to be asked.
  if (/^localhost\.?$/i.test(host)) return false;
  if (!isHostName(host)) throw new ArgumentFault(`lookup ${host}: no such host`);
  return !addressesOf(host, hosts).some(isInternalAddress);
}

function hostnameIn(url: string): string {
  try {
    return hostnameOf(parseUrl(url));
  } catch (cause) {
    throw new ArgumentFault(messageOf(cause), { cause });
  }
}

/** Only IPv6 addresses have zones. */
function withoutZone(host: string): string {
  return host.includes(':') ? host.replace(/%.+$/s, '') : host;
}

/** Go: `isDomainName` of package net. */
const HOST_NAME =
  /^(?=.*[A-Za-z_-])(?=.{1,253}\.?$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$/;

/** What C libraries take for an address, and Go for a name that nobody has: `0x7f.1` (POSIX, inet_addr). */
const NUMBERS = /^(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}\.?$/i;

function isHostName(host: string): boolean {
  return HOST_NAME.test(host) && !NUMBERS.test(host);
}

function addressesOf(host: string, hosts: Evaluation['hosts']): readonly IpAddress[] {
  try {
    return hosts.addressesOf(host).map((address) => {
      const read = readIpAddress(withoutZone(address));
      if (read === undefined) throw new ArgumentFault(`lookup ${host}: found no IP address`);
      return read;
    });
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw new ConditionError(error.code, `JMESPath function 'is_external_url': ${error.message}`, {
      cause: error,
    });
  }
}
