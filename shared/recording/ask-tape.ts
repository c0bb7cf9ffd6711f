import type { CodedError } from '../base/coded-error.ts';
import type { Answer, AnswerOf } from './answer.ts';
import { RecordingError } from './recording-error.ts';
import type { Tape } from './tape.ts';

/** How the errors of one port are kept, and made again. */
export interface TapedErrors<Code extends string> {
  /** Codes that say something definite, as true tomorrow as today. All others are trouble and never kept. */
  readonly definite: readonly Code[];
  /** For what is not on the tape. */
  readonly notRecorded: Code;
  readonly isOurs: (error: unknown) => error is CodedError<Code>;
  readonly make: (code: Code, message: string, options?: ErrorOptions) => CodedError<Code>;
}

export interface TapedCall<Kind extends Answer['kind']> {
  readonly question: string;
  /** What an answer to it can be, refusals aside. */
  readonly kinds: readonly Kind[];
  readonly ask: () => Promise<Answer>;
}

/**
 * Asks over the tape; definite refusals are answers like others, and are thrown again as what they were.
 * @throws {CodedError} of the port.
 * @throws {RecordingError} `MALFORMED` for an answer that its question cannot have.
 */
export async function askTape<Code extends string, Kind extends Answer['kind']>(
  tape: Tape,
  errors: TapedErrors<Code>,
  call: TapedCall<Kind>,
): Promise<AnswerOf<Kind>> {
  const answer = await answerOf(tape, errors, call);
  if (isOfKind(answer, call.kinds)) return answer;
  const code = errors.definite.find((known) => answer.kind === 'refusal' && known === answer.code);
  if (answer.kind === 'refusal' && code !== undefined) throw errors.make(code, answer.message);
  throw new RecordingError(
    'MALFORMED',
    `Cannot use the recorded answer to "${call.question}": found "${answer.kind}", expected "${call.kinds.join('" or "')}"`,
  );
}

async function answerOf<Code extends string, Kind extends Answer['kind']>(
  tape: Tape,
  errors: TapedErrors<Code>,
  { question, ask }: TapedCall<Kind>,
): Promise<Answer> {
  try {
    return await tape.answer(question, () => askOrRefuse(errors, ask));
  } catch (cause) {
    if (!(cause instanceof RecordingError) || cause.code !== 'NOT_RECORDED') throw cause;
    throw errors.make(errors.notRecorded, cause.message, { cause });
  }
}

async function askOrRefuse<Code extends string>(
  { definite, isOurs }: TapedErrors<Code>,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!isOurs(error) || !definite.includes(error.code)) throw error;
    return { kind: 'refusal', code: error.code, message: error.message };
  }
}

function isOfKind<Kind extends Answer['kind']>(
  answer: Answer,
  kinds: readonly Kind[],
): answer is AnswerOf<Kind> {
  return kinds.some((kind) => kind === answer.kind);
}
