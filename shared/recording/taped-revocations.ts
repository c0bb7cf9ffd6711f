import { sha256Digest } from '../base/digest.ts';
import {
  RevocationFetchError,
  type RevocationFetchErrorCode,
  type RevocationFetcher,
} from '../notation/revocation-fetcher.ts';
import { type TapedErrors, askTape } from './ask-tape.ts';
import type { Tape } from './tape.ts';

const ERRORS: TapedErrors<RevocationFetchErrorCode> = {
  definite: ['BAD_ADDRESS', 'BAD_STATUS', 'TOO_LARGE'],
  notRecorded: 'UNREACHABLE',
  isOurs: (error) => error instanceof RevocationFetchError,
  make: (code, message, options) => new RevocationFetchError(code, message, options),
};

/** What revocation servers answer, over a tape: the signed bytes, which are checked again each time. */
export function tapedRevocations(tape: Tape, fetcher: RevocationFetcher): RevocationFetcher {
  return {
    async fetch(request) {
      const { address, body } = request;
      const about = body === undefined ? '' : ` about ${sha256Digest(body)}`;
      const { bytes } = await askTape(tape, ERRORS, {
        question: `revocation ${withoutQuery(address)}${about}`,
        kinds: ['content'],
        ask: async () => {
          const bytes = await fetcher.fetch(request);
          return { kind: 'content', digest: sha256Digest(bytes), bytes };
        },
      });
      return bytes;
    },
  };
}

/** A query may be the signature that opens the address; the question has to tell addresses apart only. */
function withoutQuery(address: string): string {
  const start = address.indexOf('?');
  return start < 0 ? address : `${address.slice(0, start)}?${sha256Digest(address.slice(start))}`;
}
