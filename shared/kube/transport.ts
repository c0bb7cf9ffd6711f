import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { readBody } from '../base/read-body.ts';
import { messageOf } from '../base/coded-error.ts';
import type { JsonObject } from '../base/json-value.ts';
import type { CredentialSource } from './credentials.ts';
import { KubeError } from './kube-error.ts';
import { statusError } from './status-error.ts';

/** One call of the API server. */
export interface KubeCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** What is attempted, for messages: `list pods`. */
  readonly action: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: JsonObject;
  readonly contentType?: string;
  /** JSON by default. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** Of the answer's body; {@link MAX_BODY_BYTES} by default. */
  readonly maxBytes?: number;
  /** For the whole call; {@link CALL_TIMEOUT} by default; milliseconds. */
  readonly timeout?: number;
}

/** The API server itself gives up on a call after 60 s; ours are all small; milliseconds. */
const CALL_TIMEOUT = 30_000;

/** A page of 500 objects of the usual size has a few MiB; etcd allows 1.5 MiB an object. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** An error's body is a `Status`. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** Priority and fairness asks for a second try a second later. */
const MAX_TRIES = 4;
const MAX_RETRY_AFTER_SECONDS = 5;

/** JSON over kept connections, with the words of the server in every error. */
export class KubeTransport {
  readonly #credentials: CredentialSource;

  constructor(credentials: CredentialSource) {
    this.#credentials = credentials;
  }

  get server(): string {
    return this.#credentials.server;
  }

  /** @throws {KubeError} for every answer that is none of 2xx. */
  async call(call: KubeCall): Promise<unknown> {
    return this.#answer(call, (text) => JSON.parse(text) as unknown);
  }

  /**
   * The body as text.
   * @throws {KubeError} for every answer that is none of 2xx.
   */
  async text(call: KubeCall): Promise<string> {
    return this.#answer(call, (text) => text);
  }

  async #answer<Value>(call: KubeCall, read: (text: string) => Value): Promise<Value> {
    const timeout = AbortSignal.timeout(call.timeout ?? CALL_TIMEOUT);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
    try {
      const { body } = await this.#send(call, signal);
      return read(await readText(body, { ...call, maxBytes: call.maxBytes ?? MAX_BODY_BYTES }));
    } catch (error) {
      throw this.#callError(call, error, signal);
    }
  }

  /** The body as it comes, for watches; it ends when the signal aborts. */
  async stream(call: KubeCall & { readonly signal: AbortSignal }): Promise<AsyncIterable<Buffer>> {
    try {
      return (await this.#send(call, call.signal)).body;
    } catch (error) {
      throw this.#callError(call, error, call.signal);
    }
  }

  async #send(call: KubeCall, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#sendOnce(call, signal);
      const status = response.statusCode;
      if (status >= 200 && status < 300) return response;
      const body = parseLoosely(
        await readText(response.body, { ...call, maxBytes: MAX_ERROR_BYTES }),
      );
      const pause = retryPause(response, attempt);
      if (pause === undefined)
        throw statusError({ action: call.action, server: this.server, status, body });
      if (status === 401) this.#credentials.refresh();
      await sleep(pause, undefined, { signal });
    }
  }

  async #sendOnce(call: KubeCall, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { dispatcher, headers } = await this.#credentials.current();
    return request(`${this.server}${call.path}${queryString(call.query)}`, {
      method: call.method,
      dispatcher,
      signal,
      // A watch may be quiet for minutes; the signal is what ends a call.
      headersTimeout: CALL_TIMEOUT,
      bodyTimeout: 0,
      headers: {
        accept: call.accept ?? 'application/json',
        'user-agent': 'kubectl-sign-policy',
        ...headers,
        ...(call.body === undefined
          ? {}
          : { 'content-type': call.contentType ?? 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
    });
  }

  #callError(call: KubeCall, error: unknown, signal: AbortSignal): unknown {
    if (error instanceof KubeError) return error;
    const late = signal.aborted;
    const why = late ? 'no answer in time' : messageOf(error);
    return new KubeError(
      late ? 'TIMEOUT' : 'UNREACHABLE',
      `Cannot ${call.action}: ${this.server} could not be reached (${why})`,
      { cause: error },
    );
  }
}

/** Milliseconds to wait before the next try; undefined if this answer is final. */
function retryPause(
  { statusCode, headers }: Dispatcher.ResponseData,
  attempt: number,
): number | undefined {
  if (attempt >= MAX_TRIES) return undefined;
  // A token may have been replaced since it was read: read it once more.
  if (statusCode === 401) return attempt === 1 ? 0 : undefined;
  const after = Number(headers['retry-after']);
  const mayRetry = (statusCode === 429 || statusCode === 503) && after >= 0;
  return mayRetry && after <= MAX_RETRY_AFTER_SECONDS ? after * 1000 : undefined;
}

function queryString(query: KubeCall['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, value);
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

async function readText(
  body: AsyncIterable<Buffer>,
  { action, maxBytes }: { readonly action: string; readonly maxBytes: number },
): Promise<string> {
  const bytes = await readBody(
    body,
    maxBytes,
    () =>
      new KubeError('TOO_LARGE', `Cannot ${action}: the answer is larger than ${maxBytes} bytes`),
  );
  return bytes.toString('utf8');
}

function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
