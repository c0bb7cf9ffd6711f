import { type Clock, systemClock } from '../base/clock.ts';
import type { Answer, Recording } from './answer.ts';
import type { Tape } from './tape.ts';

/** Lets questions through and keeps the answers; each question is asked once. */
export class Recorder implements Tape {
  readonly clock: Clock;
  readonly #answers = new Map<string, Answer>();
  readonly #running = new Map<string, Promise<Answer>>();
  readonly #gaps = new Set<string>();

  constructor(now: number = systemClock.now()) {
    this.clock = { now: () => now };
  }

  answer(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#running.get(question);
    if (known !== undefined) return known;
    const work = this.#ask(question, ask);
    this.#running.set(question, work);
    return work;
  }

  gaps(): readonly string[] {
    return [...this.#gaps].sort();
  }

  recording(): Recording {
    return { recordedAt: this.clock.now(), answers: this.#answers };
  }

  async #ask(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await ask();
      this.#answers.set(question, answer);
      this.#gaps.delete(question);
      return answer;
    } catch (error) {
      this.#gaps.add(question);
      // Trouble may pass: whoever asks again may be luckier.
      this.#running.delete(question);
      throw error;
    }
  }
}
