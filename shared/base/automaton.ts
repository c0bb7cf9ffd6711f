/** One character of a kind, and the state it leads to. */
export type Step = readonly [character: RegExp, next: string];

/**
 * A set of texts as a finite automaton: those that lead from the start to one of the ends. Several steps
 * may fit one character.
 */
export class Automaton {
  readonly #steps: ReadonlyMap<string, readonly Step[]>;
  readonly #start: string;
  readonly #ends: ReadonlySet<string>;

  constructor(
    steps: ReadonlyMap<string, readonly Step[]>,
    start: string,
    ends: ReadonlySet<string>,
  ) {
    this.#steps = steps;
    this.#start = start;
    this.#ends = ends;
  }

  /** Whether a wildcard pattern (see `wildcardMatches`) matches any text of the set. */
  meets(pattern: string): boolean {
    let states: ReadonlySet<string> = new Set([this.#start]);
    for (const character of pattern)
      states = character === '*' ? this.#reachable(states) : this.#after(states, character);
    return [...states].some((state) => this.#ends.has(state));
  }

  #after(states: ReadonlySet<string>, character: string): ReadonlySet<string> {
    const fits = (kind: RegExp): boolean => character === '?' || kind.test(character);
    return new Set(
      [...states].flatMap((state) =>
        (this.#steps.get(state) ?? []).filter(([kind]) => fits(kind)).map(([, next]) => next),
      ),
    );
  }

  /** These states, and all that any text leads to from them. */
  #reachable(states: ReadonlySet<string>): ReadonlySet<string> {
    const reached = new Set(states);
    // A set hands out what is added while it is walked over.
    for (const state of reached)
      for (const [, next] of this.#steps.get(state) ?? []) reached.add(next);
    return reached;
  }
}
