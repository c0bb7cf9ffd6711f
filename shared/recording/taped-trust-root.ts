import { sha256Digest } from '../base/digest.ts';
import { type ReadTrustedRoot, readTrustedRoot } from '../trust/trusted-root.ts';
import { type TapedErrors, askTape } from './ask-tape.ts';
import { RecordingError } from './recording-error.ts';
import type { Tape } from './tape.ts';

/** A trust root that could not be had is never an answer: nothing would be decided by it. */
const ERRORS: TapedErrors<'NOT_RECORDED'> = {
  definite: [],
  notRecorded: 'NOT_RECORDED',
  isOurs: (_error): _error is RecordingError<'NOT_RECORDED'> => false,
  make: (code, message, options) => new RecordingError(code, message, options),
};

/**
 * The trust root of a run, over a tape.
 * @throws {RecordingError} where it is not recorded.
 * @throws {TrustedRootError} where what was recorded is none.
 */
export async function tapedTrustRoot(
  tape: Tape,
  load: () => Promise<ReadTrustedRoot>,
): Promise<ReadTrustedRoot> {
  const { bytes } = await askTape(tape, ERRORS, {
    question: 'trust root',
    kinds: ['content'],
    ask: async () => {
      const bytes = Buffer.from((await load()).json);
      return { kind: 'content', digest: sha256Digest(bytes), bytes };
    },
  });
  return readTrustedRoot(bytes.toString('utf8'));
}
