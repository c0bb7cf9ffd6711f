import { messageOf } from '../base/coded-error.ts';
import { member, stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { DeadlineError } from './deadline.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import { RegistryError, type RegistryErrorCode } from './registry-error.ts';
import { parseRetryAfter } from './retry-after.ts';

/** What an HTTP status says; 5xx and everything else are in {@link codeFor}. */
const CODE_BY_STATUS: ReadonlyMap<number, RegistryErrorCode> = new Map([
  [401, 'UNAUTHORIZED'],
  [403, 'DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'UNREACHABLE'],
  [429, 'RATE_LIMITED'],
]);

/** Some registries throttle under another status than 429; the code of distribution-spec tells. */
const THROTTLED = 'TOOMANYREQUESTS';

/** Node's and undici's codes for running out of time. */
const TIMEOUT_CAUSES: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** A status that is not what was wanted, as an error that names host, status and the registry's own code. */
export function statusFailure(
  request: HttpRequest,
  response: HttpResponse,
  now: number,
): RegistryError {
  const diagnostic = diagnosticCode(response.body);
  const code = diagnostic === THROTTLED ? 'RATE_LIMITED' : codeFor(response.status);
  const retryAfterSeconds = parseRetryAfter(response.headers.get('retry-after'), now);
  const said = diagnostic === undefined ? '' : ` (${diagnostic})`;
  const wait = retryAfterSeconds === undefined ? '' : ` and asks to wait ${retryAfterSeconds} s`;
  return new RegistryError(
    code,
    `Cannot ${request.action}: ${answerer(request, response)} answered ${response.status}${said}${wait}, wanted 200`,
    { status: response.status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
  );
}

/** Whether the status is trouble that may pass, whatever was asked for. */
export function isPassingStatus(response: HttpResponse): boolean {
  return (
    response.status >= 500 ||
    [408, 429].includes(response.status) ||
    (response.status >= 400 && diagnosticCode(response.body) === THROTTLED)
  );
}

/** A failure below HTTP: no connection, no TLS, no time, no complete answer. */
export function networkFailure(request: HttpRequest, cause: unknown): RegistryError {
  const host = request.url.host;
  const why = causeCode(cause);
  if (isTimeout(cause, why))
    return new RegistryError(
      'TIMEOUT',
      `Cannot ${request.action}: registry "${host}" did not answer in time`,
      { cause },
    );
  if (why.startsWith('HPE_') || why === 'UND_ERR_HEADERS_OVERFLOW')
    return new RegistryError(
      'MALFORMED',
      `Cannot ${request.action}: registry "${host}" did not answer in HTTP (${why})`,
      { cause },
    );
  const shown = proxyRefusal(cause) ?? (why === '' ? '' : ` (${why})`);
  return new RegistryError(
    'UNREACHABLE',
    `Cannot ${request.action}: no complete answer from registry "${host}"${shown}`,
    { cause },
  );
}

/** The system's or the client's code of a network failure, or ''. */
export function causeCode(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  if (cause instanceof AggregateError && cause.errors.length > 0) return causeCode(cause.errors[0]);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

/** undici tells a proxy's refusal to tunnel in words only. */
function proxyRefusal(cause: unknown): string | undefined {
  const status = /^Proxy response \((\d{3})\)/.exec(messageOf(cause))?.[1];
  return status === undefined ? undefined : `: its proxy answered ${status}`;
}

function isTimeout(cause: unknown, code: string): boolean {
  return cause instanceof DeadlineError || TIMEOUT_CAUSES.has(code);
}

function codeFor(status: number): RegistryErrorCode {
  return CODE_BY_STATUS.get(status) ?? (status >= 500 ? 'UNREACHABLE' : 'MALFORMED');
}

function answerer(request: HttpRequest, response: HttpResponse): string {
  if (response.url.host === request.url.host) return `registry "${request.url.host}"`;
  return `"${response.url.host}", where registry "${request.url.host}" redirected to,`;
}

/**
 * The code of a distribution-spec error body. Only the code is ever shown: the text beside it is anybody's,
 * and may echo what was sent (MUST-NOT-HAPPEN 29).
 */
function diagnosticCode(body: Buffer): string | undefined {
  if (body[0] !== 0x7b) return undefined;
  try {
    const errors = member(parseStrictJson(body.toString('utf8')), 'errors');
    const code = Array.isArray(errors) ? stringAt(errors[0], 'code') : undefined;
    return code !== undefined && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
