import type { Clock } from '../base/clock.ts';
import { raceAbort } from '../base/race-abort.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { type Callees, callTarget } from './call-target.ts';
import type { GlobalCall } from './read-global-entry.ts';
import { Snapshot } from './snapshot.ts';

/** `maxAPICallResponseLength` of Kyverno 1.19. */
const MAX_BYTES = 10_000_000;

/** Half of Kyverno's bound: admissions wait for the first answer. Milliseconds. */
const TIMEOUT = 15_000;

/** What a call answers, asked for again when it is older than its interval and somebody needs it. */
export class PolledCall {
  readonly #entry: GlobalCall;
  readonly #callees: Callees;
  readonly #clock: Clock;
  readonly #calling = new SingleFlight<Snapshot>();
  #last: { readonly snapshot: Snapshot; readonly at: number } | undefined;

  constructor(entry: GlobalCall, callees: Callees, clock: Clock) {
    this.#entry = entry;
    this.#callees = callees;
    this.#clock = clock;
  }

  /** @throws {ContextError | KubeError | ServiceError} of a call that is due: old answers do not stand in. */
  async latest(signal: AbortSignal | undefined): Promise<Snapshot> {
    const last = this.#last;
    if (last !== undefined && this.#clock.now() - last.at < this.#entry.refreshInterval)
      return last.snapshot;
    return raceAbort(
      this.#calling.run('', async () => this.#call()),
      signal,
    );
  }

  async #call(): Promise<Snapshot> {
    const at = this.#clock.now();
    const options = { maxBytes: MAX_BYTES, timeout: TIMEOUT };
    const snapshot = new Snapshot(await callTarget(this.#entry.call, this.#callees, options));
    this.#last = { snapshot, at };
    return snapshot;
  }
}
