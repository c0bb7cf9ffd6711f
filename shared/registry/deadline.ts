/** The time for one request is up, as opposed to the caller's. */
export class DeadlineError extends Error {}

/**
 * Runs `work` with a signal that aborts with the caller's, or after `ms`. Unlike `AbortSignal.timeout`,
 * nothing stays behind when the work ends before.
 */
export async function withDeadline<Value>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const giveUp = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new DeadlineError(`${ms} ms are over`)), ms);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
