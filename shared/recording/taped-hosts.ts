import { type HostLookup, HostLookupError, type HostLookupErrorCode } from '../base/host-lookup.ts';
import { type TapedErrors, askTape } from './ask-tape.ts';
import type { Tape } from './tape.ts';

const ERRORS: TapedErrors<HostLookupErrorCode> = {
  definite: ['NO_SUCH_HOST'],
  notRecorded: 'UNREACHABLE',
  isOurs: (error) => error instanceof HostLookupError,
  make: (code, message, options) => new HostLookupError(code, message, options),
};

/** Which addresses hosts have, over a tape. */
export function tapedHosts(tape: Tape, hosts: HostLookup): HostLookup {
  return {
    async addressesOf(host, signal) {
      const { addresses } = await askTape(tape, ERRORS, {
        question: `addresses of ${host}`,
        kinds: ['addresses'],
        ask: async () => {
          const addresses = await hosts.addressesOf(host, signal);
          return { kind: 'addresses', addresses };
        },
      });
      return addresses;
    },
  };
}
