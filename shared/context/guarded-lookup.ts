import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isForbiddenAddress } from './forbidden-address.ts';
import { ServiceError } from './service-error.ts';

/**
 * Name resolution that refuses a name as soon as one of its addresses is forbidden. It is what the connection
 * itself uses, so that there is no second answer of DNS that could say something else.
 */
export function guardedLookup(allowsLoopback: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const [first] = addresses;
      const forbidden = addresses.find(({ address }) =>
        isForbiddenAddress(address, allowsLoopback),
      );
      if (first === undefined || forbidden !== undefined)
        return callback(forbiddenAddress(hostname, forbidden), '');
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function forbiddenAddress(hostname: string, found: LookupAddress | undefined): ServiceError {
  const where = found === undefined ? 'has no address' : `has the address ${found.address}`;
  return new ServiceError(
    'FORBIDDEN_ADDRESS',
    `host "${hostname}" ${where}, which policies may not have called`,
  );
}
