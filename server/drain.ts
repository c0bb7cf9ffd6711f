import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The largest `timeoutSeconds` of a webhook: after that nobody waits for an answer; milliseconds. */
const MAX_IN_FLIGHT = 30_000;

/** Between two looks for connections that have become idle; milliseconds. */
const SWEEP_INTERVAL = 50;

export interface DrainOptions {
  /** How long callers may need to learn that this replica is going away; milliseconds. */
  readonly wait: number;
  /** Aborted by a second signal: the wait is over. */
  readonly hurry?: AbortSignal;
}

/**
 * Takes a server out of service without breaking a request: answers close their connections from now on,
 * so that callers go to other replicas, then no new connection is taken, then the last answers are awaited.
 */
export async function drain(server: Server, { wait, hurry }: DrainOptions): Promise<void> {
  server.prependListener('request', (_request, response) => {
    response.setHeader('connection', 'close');
  });
  await sleep(wait, undefined, hurry === undefined ? {} : { signal: hurry }).catch(() => undefined);
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // An answer that was begun before the drain leaves its connection open: it is idle only afterwards.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_INTERVAL);
  const tooLong = setTimeout(() => server.closeAllConnections(), MAX_IN_FLIGHT);
  await closed;
  clearInterval(sweep);
  clearTimeout(tooLong);
}
