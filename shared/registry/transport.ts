import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Dispatcher, request as send } from 'undici';
import { Limiter } from '../base/limiter.ts';
import { withDeadline } from './deadline.ts';
import type { Dispatchers } from './dispatchers.ts';
import { networkFailure } from './http-failure.ts';
import type { HttpRequest, HttpResponse, RegistryOperation } from './http-message.ts';
import { RegistryError } from './registry-error.ts';

/** Side by side to one host: enough for a Pod of many images, below what registries throttle. */
const MAX_REQUESTS_PER_HOST = 32;

/** An error's body is only read for its code. */
const MAX_ERROR_BYTES = 16 * 1024;

/** What became of one HTTP request; for metrics. */
export interface RequestObservation {
  readonly host: string;
  readonly operation: RegistryOperation;
  /** Undefined where no answer came. */
  readonly status: number | undefined;
  readonly durationMs: number;
}

export interface TransportOptions {
  readonly dispatchers: Dispatchers;
  readonly userAgent: string;
  /** Milliseconds for one request with its whole answer. */
  readonly timeoutMs: number;
  readonly onRequest: ((observation: RequestObservation) => void) | undefined;
}

interface HostLimit {
  readonly limiter: Limiter;
  users: number;
}

/** HTTP with bounded time, bytes and concurrency; every failure is a {@link RegistryError}. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #limits = new Map<string, HostLimit>();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Sends one request and reads its answer; redirects are the caller's business. */
  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const host = request.url.host;
    const limit = this.#limits.get(host) ?? {
      limiter: new Limiter(MAX_REQUESTS_PER_HOST),
      users: 0,
    };
    this.#limits.set(host, limit);
    limit.users += 1;
    try {
      return await limit.limiter.run(() => this.#observed(request, signal));
    } finally {
      limit.users -= 1;
      if (limit.users === 0) this.#limits.delete(host);
    }
  }

  async #observed(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const started = performance.now();
    let status: number | undefined;
    try {
      const response = await this.#send(request, signal);
      status = response.status;
      return response;
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      throw networkFailure(request, error);
    } finally {
      this.#options.onRequest?.({
        host: request.url.host,
        operation: request.operation,
        status,
        durationMs: performance.now() - started,
      });
    }
  }

  #send(request: HttpRequest, caller: AbortSignal): Promise<HttpResponse> {
    return withDeadline(caller, this.#options.timeoutMs, async (signal) => {
      const answer = await send(request.url, {
        method: request.method,
        headers: { 'user-agent': this.#options.userAgent, ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        dispatcher: this.#options.dispatchers.for(request.url),
        // undici closes the connection after each HEAD otherwise; the next request would start with a TLS handshake.
        reset: false,
        signal,
      });
      const body = await readBody(request, answer);
      // undici frees a connection one turn later; the caller's next request would open another one.
      await nextTurn();
      return {
        status: answer.statusCode,
        url: request.url,
        leftOrigin: false,
        headers: flatten(answer.headers),
        body,
      };
    });
  }
}

async function readBody(request: HttpRequest, answer: Dispatcher.ResponseData): Promise<Buffer> {
  const succeeded = answer.statusCode < 300;
  const maxBytes = succeeded ? request.maxBytes : MAX_ERROR_BYTES;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      if (succeeded) throw tooLarge(request);
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(request: HttpRequest): RegistryError {
  return new RegistryError(
    'TOO_LARGE',
    `Cannot ${request.action}: registry "${request.url.host}" sends more than ${request.maxBytes} bytes, the limit`,
  );
}

function flatten(headers: Dispatcher.ResponseData['headers']): ReadonlyMap<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return flat;
}
