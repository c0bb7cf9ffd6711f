import type { ServerResponse } from 'node:http';
import type { JsonObject } from '#shared/base/json-value.ts';
import type { Refusal } from './object-store.ts';

/** A `metav1.Status`. */
export function status({ code, reason, message }: Refusal): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
  };
}

/** Sends `body` as JSON. */
export function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
