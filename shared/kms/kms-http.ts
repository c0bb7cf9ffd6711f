import { Agent, type Dispatcher, EnvHttpProxyAgent, request as send } from 'undici';
import { readBody } from '../base/read-body.ts';
import { messageOf } from '../base/coded-error.ts';
import { type JsonValue, stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { KeySourceError, type KeySourceErrorCode } from '../trust/key-source.ts';
import { kmsFault } from './kms-fault.ts';

/** Variables of the process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface KmsOptions {
  readonly env: Environment;
  /** How requests leave the process; by default through the proxy of the environment, where it names one. */
  readonly dispatcher?: Dispatcher;
  /** For one request with its whole answer; {@link TIMEOUT_MS} by default. */
  readonly timeoutMs?: number;
}

export interface KmsRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The key that it is for, as the policy names it; for messages. */
  readonly uri: string;
  /** What is asked for, after "Cannot fetch key …: "; never holds a secret. */
  readonly what: string;
  /** Codes for particular answers of this service, by its own error name in the body. */
  readonly errors?: ReadonlyMap<string, KeySourceErrorCode>;
}

/** A key management service answers in well under a second; admission waits for it. Milliseconds. */
const TIMEOUT_MS = 5_000;

/** A public key or a token is a few kilobytes; a list of a thousand key versions some hundreds. */
const MAX_BYTES = 1024 * 1024;

/** Enough of an error's text to find out what is wrong. */
const MAX_QUOTED = 300;

/** Sends one request; no redirects, since they would carry credentials elsewhere. @throws {KeySourceError} */
export async function sendKms(
  request: KmsRequest,
  options: KmsOptions,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const { timeoutMs = TIMEOUT_MS } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await send(request.url, {
      method: request.method,
      headers: { accept: 'application/json', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      dispatcher: options.dispatcher ?? dispatcherFor(request.url, options.env),
      signal: AbortSignal.any([signal, timeout]),
    });
    const text = await readText(request, answer.body as AsyncIterable<Buffer>);
    if (answer.statusCode === 200) return text;
    throw refusal(request, answer.statusCode, text);
  } catch (cause) {
    if (cause instanceof KeySourceError) throw cause;
    signal.throwIfAborted();
    if (timeout.aborted) throw failure(request, 'TIMEOUT', `no answer within ${timeoutMs} ms`);
    throw failure(request, 'UNREACHABLE', messageOf(cause), cause);
  }
}

/** Sends one request whose answer is JSON. @throws {KeySourceError} */
export async function askKms(
  request: KmsRequest,
  options: KmsOptions,
  signal: AbortSignal,
): Promise<JsonValue> {
  const text = await sendKms(request, options, signal);
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw failure(request, 'MALFORMED', messageOf(cause), cause);
  }
}

async function readText(request: KmsRequest, body: AsyncIterable<Buffer>): Promise<string> {
  const bytes = await readBody(body, MAX_BYTES, () =>
    failure(request, 'TOO_LARGE', `the answer has more than ${MAX_BYTES} bytes`),
  );
  return bytes.toString('utf8');
}

const BY_STATUS: ReadonlyMap<number, KeySourceErrorCode> = new Map([
  [401, 'FORBIDDEN'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [429, 'RATE_LIMITED'],
]);

function refusal(request: KmsRequest, status: number, text: string): KeySourceError {
  const named = [...(request.errors ?? [])].find(([name]) => text.includes(name))?.[1];
  const code = named ?? BY_STATUS.get(status) ?? (status >= 500 ? 'UNREACHABLE' : 'REFUSED');
  const words = wordsOf(text);
  return failure(request, code, `the answer is ${status}${words === '' ? '' : `: ${words}`}`);
}

/** Where services put what they have to say, each its own. */
const SAID: readonly (readonly string[])[] = [
  ['message'],
  ['Message'],
  ['error_description'],
  ['error', 'message'],
  ['error'],
  ['__type'],
];

/**
 * The first line of what a service says of a refusal. No more: AWS repeats the request below it, with the
 * token of the session, and this text ends up before the eyes of whoever applied a Pod. Nothing of text that
 * is no such message either: a policy may name any host.
 */
function wordsOf(text: string): string {
  let said = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  try {
    const body = parseStrictJson(text);
    said ??= SAID.map((path) => stringAt(body, ...path)).find((found) => found !== undefined);
  } catch {
    // Not JSON: AWS STS answers in XML, and what stands between may in anything.
  }
  const [line = ''] = (said ?? '').trim().split(/[\r\n]/, 1);
  return line.slice(0, MAX_QUOTED).replaceAll(/[\s\p{Cc}]+/gu, ' ');
}

function failure(
  { uri, what, url }: KmsRequest,
  code: KeySourceErrorCode,
  ...[why, cause]: readonly [string, unknown?]
): KeySourceError {
  return kmsFault(uri, code, `cannot ${what} at ${url.host}: ${why}`, cause);
}

/** Metadata and credential services of clouds live on these; no proxy may see what they answer. */
const NEVER_PROXIED = /^(?:localhost|127\.|169\.254\.|\[|metadata\.google\.internal$)/;

let direct: Dispatcher | undefined;
const proxied = new Map<string, Dispatcher>();

/** Pools of connections are shared by all that live in this process. */
function dispatcherFor({ hostname }: URL, env: Environment): Dispatcher {
  const [httpProxy, httpsProxy, noProxy] = ['http_proxy', 'https_proxy', 'no_proxy'].map(
    (name) => env[name] ?? env[name.toUpperCase()] ?? '',
  );
  if (NEVER_PROXIED.test(hostname) || (httpProxy === '' && httpsProxy === '')) {
    direct ??= new Agent();
    return direct;
  }
  const settings = { httpProxy, httpsProxy, noProxy } as Record<string, string>;
  const id = JSON.stringify(settings);
  const known = proxied.get(id) ?? new EnvHttpProxyAgent(settings);
  proxied.set(id, known);
  return known;
}
