import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, emptyAnswer, errorAnswer } from './answer.ts';

/** What can go wrong with an answer. */
export type Fault =
  | { readonly kind: 'latency'; readonly ms: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Ends the connection without an answer. */
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** Announces the whole body, sends half of it and ends the connection. */
  | { readonly kind: 'cut-body' }
  /** Sends bytes until the caller hangs up. */
  | { readonly kind: 'endless-body' }
  | { readonly kind: 'body'; readonly body: string | Buffer; readonly contentType?: string }
  /** Sets headers; undefined takes one away. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string | undefined>> };

/** The answer as the faults leave it, or undefined if they have dealt with the connection. */
export async function applyFaults(
  faults: readonly Fault[],
  response: ServerResponse,
  answer: () => Answer,
): Promise<Answer | undefined> {
  for (const fault of faults) if (fault.kind === 'latency') await delay(fault.ms);
  if (faults.some(({ kind }) => kind === 'hang')) return undefined;
  if (faults.some(({ kind }) => kind === 'reset')) {
    response.socket?.resetAndDestroy();
    return undefined;
  }
  const replaced = faults.reduce(replace, undefined) ?? answer();
  return faults.reduce(change, replaced);
}

/** Instead of an answer. */
function replace(before: Answer | undefined, fault: Fault): Answer | undefined {
  if (fault.kind === 'status')
    return fault.code === undefined
      ? emptyAnswer(fault.status, fault.headers)
      : errorAnswer(fault.status, fault.code, fault.headers);
  if (fault.kind === 'redirect')
    return emptyAnswer(fault.status ?? 307, { location: fault.location });
  return before;
}

/** Something wrong with an answer. */
function change(answer: Answer, fault: Fault): Answer {
  if (fault.kind === 'body') {
    const type = fault.contentType === undefined ? {} : { 'content-type': fault.contentType };
    return { ...answer, body: Buffer.from(fault.body), headers: { ...answer.headers, ...type } };
  }
  if (fault.kind !== 'headers') return answer;
  const headers: Record<string, string> = { ...answer.headers };
  for (const [name, value] of Object.entries(fault.headers)) {
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
  return { ...answer, headers };
}

const ENDLESS_CHUNK = Buffer.alloc(64 * 1024, ' ');

/** Writes an answer, whole or in the way that a fault wants it. */
export function writeAnswer(
  response: ServerResponse,
  answer: Answer,
  options: { readonly method: string; readonly faults: readonly Fault[] },
): void {
  const has = (kind: Fault['kind']): boolean => options.faults.some((fault) => fault.kind === kind);
  if (has('endless-body')) {
    response.writeHead(answer.status, answer.headers);
    pour(response);
    return;
  }
  const length = { 'content-length': String(answer.body.length) };
  response.writeHead(answer.status, { ...length, ...answer.headers });
  if (options.method === 'HEAD') {
    response.end();
  } else if (has('cut-body')) {
    const half = answer.body.subarray(0, Math.floor(answer.body.length / 2));
    response.write(half, () => response.socket?.destroy());
  } else {
    response.end(answer.body);
  }
}

function pour(response: ServerResponse): void {
  if (response.destroyed) return;
  while (response.write(ENDLESS_CHUNK));
  response.once('drain', () => pour(response));
}
