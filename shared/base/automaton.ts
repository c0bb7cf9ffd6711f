/** One character of a kind, and the state it leads to. */
export type Step = readonly [character: RegExp, next: string];

/** States that one beginning of a pattern can lead to, and where they are known to lead. */
interface Front {
  readonly states: readonly string[];
  readonly isEnd: boolean;
  readonly next: Map<string, Front>;
}

/**
 * A set of texts as a finite automaton: those that lead from the start to one of the ends. Several steps
 * may fit one character. What is learned about a pattern is kept for the next one: the fronts are few, and
 * only steps by ASCII characters are kept.
 */
export class Automaton {
  readonly #steps: ReadonlyMap<string, readonly Step[]>;
  readonly #start: Front;
  readonly #ends: ReadonlySet<string>;
  readonly #fronts = new Map<string, Front>();

  constructor(
    steps: ReadonlyMap<string, readonly Step[]>,
    start: string,
    ends: ReadonlySet<string>,
  ) {
    this.#steps = steps;
    this.#ends = ends;
    this.#start = this.#frontOf([start]);
  }

  /** Whether a wildcard pattern (see `wildcardMatches`) matches any text of the set. */
  meets(pattern: string): boolean {
    let front = this.#start;
    for (const character of pattern) {
      front = this.#after(front, character);
      if (front.states.length === 0) return false;
    }
    return front.isEnd;
  }

  #after(front: Front, character: string): Front {
    const known = front.next.get(character);
    if (known !== undefined) return known;
    const next = this.#frontOf(
      character === '*' ? this.#reachable(front.states) : this.#stepped(front.states, character),
    );
    if (character <= '~') front.next.set(character, next);
    return next;
  }

  #stepped(states: readonly string[], character: string): readonly string[] {
    return states.flatMap((state) =>
      (this.#steps.get(state) ?? [])
        .filter(([kind]) => character === '?' || kind.test(character))
        .map(([, next]) => next),
    );
  }

  /** These states, and all that any text leads to from them. */
  #reachable(states: readonly string[]): readonly string[] {
    const reached = new Set(states);
    // A set hands out what is added while it is walked over.
    for (const state of reached)
      for (const [, next] of this.#steps.get(state) ?? []) reached.add(next);
    return [...reached];
  }

  #frontOf(reached: readonly string[]): Front {
    const states = [...new Set(reached)].toSorted();
    const key = states.join('\n');
    const known = this.#fronts.get(key);
    if (known !== undefined) return known;
    const isEnd = states.some((state) => this.#ends.has(state));
    const front = { states, isEnd, next: new Map() };
    this.#fronts.set(key, front);
    return front;
  }
}
