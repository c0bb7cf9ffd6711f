import type { Clock } from '../base/clock.ts';
import type { Answer } from './answer.ts';

/** Between those who ask and those who are asked: keeps every answer, or gives the kept ones. */
export interface Tape {
  /** Stands still, so that what is decided now is decided again in years. */
  readonly clock: Clock;
  /**
   * The answer to a question. `ask` is called at most once for each question that got an answer, and never
   * where answers come from a recording.
   * @throws {RecordingError} `NOT_RECORDED`, or whatever `ask` throws: trouble is no answer.
   */
  answer(question: string, ask: () => Promise<Answer>): Promise<Answer>;
  /** Questions that were asked and have no answer. */
  gaps(): readonly string[];
}
