import { sha256Digest } from '../base/digest.ts';
import {
  type LogFetcher,
  LogLookupError,
  type LogLookupErrorCode,
  type LogQuestion,
} from '../signature/log-lookup.ts';
import { type TapedErrors, askTape } from './ask-tape.ts';
import type { Tape } from './tape.ts';

const ERRORS: TapedErrors<LogLookupErrorCode> = {
  definite: ['REFUSED', 'TOO_LARGE', 'MALFORMED'],
  notRecorded: 'UNREACHABLE',
  isOurs: (error) => error instanceof LogLookupError,
  make: (code, message, options) => new LogLookupError(code, message, options),
};

/** What transparency logs answer, over a tape: entries whose proofs are verified again each time. */
export function tapedLogs(tape: Tape, fetcher: LogFetcher): LogFetcher {
  return {
    async fetch(base, question, signal) {
      const { bytes } = await askTape(tape, ERRORS, {
        question: `log ${base} about ${nameOf(question)}`,
        kinds: ['content'],
        ask: async () => {
          const bytes = await fetcher.fetch(base, question, signal);
          return { kind: 'content', digest: sha256Digest(bytes), bytes };
        },
      });
      return bytes;
    },
  };
}

function nameOf({ hash, signature, verifiers }: LogQuestion): string {
  const parts = [
    hash.algorithm,
    hash.digest.toString('hex'),
    signature.toString('hex'),
    ...verifiers,
  ];
  return sha256Digest(JSON.stringify(parts));
}
