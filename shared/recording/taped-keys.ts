import { type KeySource, KeySourceError, type KeySourceErrorCode } from '../trust/key-source.ts';
import { type PublicKey, parsePublicKeys } from '../trust/public-key.ts';
import type { RecordedKey } from './answer.ts';
import { type TapedErrors, askTape } from './ask-tape.ts';
import type { Tape } from './tape.ts';

const ERRORS: TapedErrors<KeySourceErrorCode> = {
  definite: ['BAD_REFERENCE', 'UNSUPPORTED', 'FORBIDDEN', 'NOT_FOUND', 'TOO_LARGE', 'MALFORMED'],
  notRecorded: 'REFUSED',
  isOurs: (error) => error instanceof KeySourceError,
  make: (code, message, options) => new KeySourceError(code, message, options),
};

/** Keys that live elsewhere, over a tape. Only public keys get there: nothing else comes out of `source`. */
export function tapedKeys(tape: Tape, source: KeySource): KeySource {
  return {
    async keys(uri, hash, options) {
      const { keys } = await askTape(tape, ERRORS, {
        question: `key ${uri}${hash === undefined ? '' : ` for ${hash}`}`,
        kinds: ['keys'],
        ask: async () => {
          const found = await source.keys(uri, hash, options);
          return { kind: 'keys', keys: found.map(recordKey) };
        },
      });
      return keys.flatMap(({ pem, hash }) => parsePublicKeys(pem, hash));
    },
  };
}

function recordKey({ key, hash }: PublicKey): RecordedKey {
  return { pem: key.export({ format: 'pem', type: 'spki' }).toString(), hash };
}
