interface Flight<Value> {
  readonly result: Promise<Value>;
  readonly controller: AbortController;
  callers: number;
}

/**
 * Shares work in flight between callers of which each may give up alone: a caller's abort rejects that
 * caller only, and the work is cancelled when nobody waits for it any more. Nothing is kept after it
 * settles, so errors are never cached.
 */
export class SharedWork<Value> {
  readonly #inFlight = new Map<string, Flight<Value>>();

  /** Rejects with the reason of `caller` when that aborts; the signal of `work` aborts when all have. */
  run(
    key: string,
    caller: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    if (caller?.aborted === true) return Promise.reject(asError(caller.reason));
    const flight = this.#inFlight.get(key) ?? this.#start(key, work);
    flight.callers += 1;
    return caller === undefined ? flight.result : this.#wait(key, flight, caller);
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<Value>): Flight<Value> {
    const controller = new AbortController();
    const result = (async () => work(controller.signal))();
    const flight = { result, controller, callers: 0 };
    this.#inFlight.set(key, flight);
    const forget = (): void => this.#forget(key, flight);
    // Also the handler that keeps a failure nobody waits for from ending the process.
    void result.then(forget, forget);
    return flight;
  }

  #wait(key: string, flight: Flight<Value>, caller: AbortSignal): Promise<Value> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        flight.callers -= 1;
        if (flight.callers === 0) {
          this.#forget(key, flight);
          flight.controller.abort(caller.reason);
        }
        reject(asError(caller.reason));
      };
      caller.addEventListener('abort', leave, { once: true });
      const settled = (): void => caller.removeEventListener('abort', leave);
      void flight.result.then(resolve, reject).then(settled);
    });
  }

  #forget(key: string, flight: Flight<Value>): void {
    if (this.#inFlight.get(key) === flight) this.#inFlight.delete(key);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
