import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from './object-store.ts';
import { send, status } from './status.ts';

/** Something that goes wrong instead of an answer. */
export interface Fault {
  readonly method?: string;
  /** Matches path and query. */
  readonly path: RegExp;
  /** How often; for ever if undefined. */
  readonly times?: number;
  readonly outcome:
    | {
        readonly kind: 'status';
        readonly code: number;
        readonly reason?: string;
        readonly message?: string;
        readonly retryAfter?: number;
      }
    | { readonly kind: 'text'; readonly code: number; readonly text: string }
    | { readonly kind: 'hang' }
    | { readonly kind: 'cut' };
}

/** A fault and how often it is still going to happen. */
export interface PendingFault {
  readonly fault: Fault;
  left: number;
}

/** Lets the first fault that matches happen instead of an answer; false if there is none. */
export function injectFault(
  faults: readonly PendingFault[],
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { method = 'GET', url = '/' } = request;
  const entry = faults.find(
    ({ fault, left }) => left > 0 && (fault.method ?? method) === method && fault.path.test(url),
  );
  if (entry === undefined) return false;
  entry.left -= 1;
  happen(entry.fault.outcome, response);
  return true;
}

function happen(outcome: Fault['outcome'], response: ServerResponse): void {
  switch (outcome.kind) {
    case 'hang':
      return;
    case 'cut':
      response.destroy();
      return;
    case 'text':
      response.writeHead(outcome.code, { 'content-type': 'text/html' }).end(outcome.text);
      return;
    case 'status': {
      const { code, reason = 'Injected', message = 'injected fault', retryAfter } = outcome;
      if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
      send(response, code, status(new Refusal(code, reason, message)));
    }
  }
}
