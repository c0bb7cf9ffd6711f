import type { Clock } from '../base/clock.ts';
import { causeCode } from './http-failure.ts';
import { RegistryError } from './registry-error.ts';

/** First try included; a third failure in a row is an outage that the caller should hear of. */
const MAX_ATTEMPTS = 3;

/** Doubles with each attempt; long enough for a restarted connection, short against an admission's 10 s. */
const FIRST_DELAY_MS = 100;

export interface RetryOptions {
  readonly clock: Clock;
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds from the first try until the last one may start. */
  readonly budgetMs: number;
}

/** Causes of `UNREACHABLE` that may be gone in a moment; a name or a certificate will not. */
const PASSING_CAUSES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/**
 * Runs `attempt` again, with jittered backoff, while it fails with trouble that may pass. Where the
 * registry asks for more patience than the budget holds, fails at once with `retryAfterSeconds` set.
 */
export async function withRetries<Value>(
  attempt: () => Promise<Value>,
  options: RetryOptions,
  signal: AbortSignal,
): Promise<Value> {
  const started = options.clock.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === MAX_ATTEMPTS || signal.aborted || !mayPass(error)) throw error;
      const delay = delayBefore(tries, error);
      if (options.clock.now() - started + delay > options.budgetMs) throw error;
      await options.sleep(delay, signal);
    }
  }
}

function mayPass(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError)) return false;
  if (error.code === 'RATE_LIMITED') return true;
  return (
    error.code === 'UNREACHABLE' &&
    (error.status !== undefined || PASSING_CAUSES.has(causeCode(error.cause)))
  );
}

/** Full jitter above half, so that callers that failed together do not return together. */
function delayBefore(tries: number, error: RegistryError): number {
  if (error.retryAfterSeconds !== undefined) return error.retryAfterSeconds * 1000;
  const delay = FIRST_DELAY_MS * 2 ** (tries - 1);
  return delay / 2 + Math.random() * (delay / 2);
}
