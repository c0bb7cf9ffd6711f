import type { Clock } from '../base/clock.ts';
import type { Answer, Recording } from './answer.ts';
import { RecordingError } from './recording-error.ts';
import type { Tape } from './tape.ts';

/** Gives recorded answers at the recorded time, and asks nobody. */
export class Replay implements Tape {
  readonly clock: Clock;
  readonly #recording: Recording;
  readonly #gaps = new Set<string>();

  constructor(recording: Recording) {
    this.#recording = recording;
    this.clock = { now: () => recording.recordedAt };
  }

  answer(question: string): Promise<Answer> {
    const found = this.#recording.answers.get(question);
    if (found !== undefined) return Promise.resolve(found);
    this.#gaps.add(question);
    return Promise.reject(
      new RecordingError(
        'NOT_RECORDED',
        `Cannot answer "${question}" from the recording: not recorded, run with --record`,
      ),
    );
  }

  gaps(): readonly string[] {
    return [...this.#gaps].sort();
  }
}
