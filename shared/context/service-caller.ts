import { STATUS_CODES } from 'node:http';
import { isIP } from 'node:net';
import { type Dispatcher, request } from 'undici';
import { readBody } from '../base/read-body.ts';
import { messageOf } from '../base/coded-error.ts';
import type { JsonValue } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type { ApiCall, ServiceTarget } from '../policy/context-entry.ts';
import { isForbiddenAddress } from './forbidden-address.ts';
import { requestData } from './request-data.ts';
import { ServiceAgents } from './service-agents.ts';
import { ServiceError } from './service-error.ts';

export interface ServiceCallOptions {
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** For the whole call; milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ServiceCallerOptions {
  /** Whether services may be in the same Pod, or on the same machine; they are not by default. */
  readonly allowsLoopback?: boolean;
}

type ServiceCall = ApiCall & { readonly target: ServiceTarget };

/** Enough of a refusal to find out what is wrong; it is shown to whoever made the object. */
const MAX_QUOTED = 200;

/**
 * Calls services that policies name (`apiCall.service` of Kyverno 1.19). No credentials of our own are sent, no
 * redirect is followed, no proxy is used, and addresses of metadata services are never called.
 */
export class ServiceCaller {
  readonly #agents: ServiceAgents;
  readonly #allowsLoopback: boolean;

  constructor({ allowsLoopback = false }: ServiceCallerOptions = {}) {
    this.#allowsLoopback = allowsLoopback;
    this.#agents = new ServiceAgents(allowsLoopback);
  }

  /** Ends all connections. */
  close(): void {
    this.#agents.close();
  }

  /** The JSON that is answered. @throws {ServiceError} and the reason of the signal. */
  async call(call: ServiceCall, options: ServiceCallOptions): Promise<JsonValue> {
    const { signal, timeout: timeoutMs } = options;
    const url = this.#urlOf(call.target);
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      const answer = await this.#send(call, url, either);
      const text = await readText(answer, options.maxBytes);
      const isGood = answer.statusCode >= 200 && answer.statusCode < 300;
      if (!isGood) throw refusal(answer.statusCode, text);
      return parseAnswer(text);
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      signal?.throwIfAborted();
      if (timeout.aborted)
        throw new ServiceError('TIMEOUT', `no answer from ${url.origin} within ${timeoutMs} ms`);
      const why = messageOf(error);
      throw new ServiceError('UNREACHABLE', `cannot reach ${url.origin}: ${why}`, { cause: error });
    }
  }

  #urlOf({ url: text }: ServiceTarget): URL {
    const url = URL.parse(text);
    if (url === null || !['http:', 'https:'].includes(url.protocol))
      throw new ServiceError(
        'BAD_CALL',
        'the URL is none, expected https://HOST/… or http://HOST/…',
      );
    // Not quoted: there is a password in it.
    if (url.username !== '' || url.password !== '')
      throw new ServiceError('BAD_CALL', 'the URL holds a user or a password, expected none');
    // A name is looked at when it is resolved, an address is not resolved.
    const host = url.hostname.replaceAll(/^\[|\]$/g, '');
    if (isIP(host) === 0 || !isForbiddenAddress(host, this.#allowsLoopback)) return url;
    throw new ServiceError(
      'FORBIDDEN_ADDRESS',
      `the address ${host} is one that policies may not have called`,
    );
  }

  async #send(call: ServiceCall, url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { method, target } = call;
    const dispatcher = this.#agents.for(target.caBundle);
    const isPost = method === 'POST';
    const headers: Readonly<Record<string, string>> = {
      accept: 'application/json',
      'user-agent': 'kubectl-sign-policy',
      ...(isPost ? { 'content-type': 'application/json' } : {}),
      ...Object.fromEntries(target.headers.map(({ key, value }) => [key.toLowerCase(), value])),
    };
    const body = isPost ? JSON.stringify(requestData(call)) : null;
    return request(url, { method, dispatcher, signal, headers, body });
  }
}

async function readText({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const bytes = await readBody(
    body as AsyncIterable<Buffer>,
    maxBytes,
    () =>
      new ServiceError(
        'TOO_LARGE',
        `response length must be less than max allowed response length of ${maxBytes}`,
      ),
  );
  return bytes.toString('utf8');
}

/** Request Timeout, Too Early, Too Many Requests (RFC 9110, 8470, 6585). */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

function refusal(status: number, text: string): ServiceError {
  const words = text.trim().split('\n', 1)[0] ?? '';
  const shown = words.replaceAll(/\p{Cc}/gu, ' ').slice(0, MAX_QUOTED);
  const title = `HTTP ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const isPassing = status >= 500 || PASSING.has(status);
  const message = shown === '' ? title : `${title}: ${shown}`;
  return new ServiceError(isPassing ? 'UNREACHABLE' : 'REFUSED', message);
}

function parseAnswer(text: string): JsonValue {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw new ServiceError('MALFORMED', `the answer is unusable: ${messageOf(cause)}`, { cause });
  }
}
