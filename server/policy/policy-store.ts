import type { PolicyException } from '#shared/policy/exception.ts';
import type { Policy } from '#shared/policy/model.ts';
import { createPolicySet, type PolicySet } from './policy-set.ts';

/** What one source of policies holds right now. */
export interface SourceState {
  readonly policies: readonly Policy[];
  /** Only those that count: from namespaces that are allowed to except anything. */
  readonly exceptions?: readonly PolicyException[];
  /** One line for each thing that could not be read; its last good version is in `policies`. */
  readonly problems: readonly string[];
}

/** Takes the state of one source; called again whenever it changes. */
export type Publish = (state: SourceState) => void;

/** Holds the policies of all sources; a request sees either the old set or the new one. */
export class PolicyStore {
  readonly #states = new Map<string, SourceState | undefined>();
  readonly #onChange: (set: PolicySet) => void;
  #current: PolicySet | undefined;

  constructor(onChange: (set: PolicySet) => void = () => undefined) {
    this.#onChange = onChange;
  }

  /** Announces a source: until its first state arrives there is no policy set (MUST-NOT-HAPPEN 18). */
  source(name: string): Publish {
    this.#states.set(name, undefined);
    this.#current = undefined;
    return (state) => {
      this.#states.set(name, state);
      this.#swap();
    };
  }

  /** The policies in force, or undefined until every source has been read once. */
  current(): PolicySet | undefined {
    return this.#current;
  }

  /** Names of sources that have not been read yet. */
  pending(): readonly string[] {
    return [...this.#states].filter(([, state]) => state === undefined).map(([name]) => name);
  }

  /** What could not be read, a line each. */
  problems(): readonly string[] {
    return [...this.#states.values()].flatMap((state) => state?.problems ?? []);
  }

  #swap(): void {
    const states = [...this.#states.values()];
    const read = states.filter((state) => state !== undefined);
    if (read.length < states.length) return;
    this.#current = createPolicySet(
      read.flatMap(({ policies }) => policies),
      read.flatMap(({ exceptions = [] }) => exceptions),
    );
    this.#onChange(this.#current);
  }
}
