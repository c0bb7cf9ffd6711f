import type { Exchange, HttpRequest, HttpResponse } from './http-message.ts';
import { RegistryError } from './registry-error.ts';

/** Registries redirect blobs to storage, storage rarely once more. */
const MAX_REDIRECTS = 5;

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface RedirectOptions {
  /** What to do with a redirect to another origin: go there without credentials, or hand it back. */
  readonly toOtherOrigin: 'follow' | 'stop';
  readonly signal: AbortSignal;
}

/**
 * Sends a request and follows its redirects. Credentials go to the origin that was asked and nowhere else
 * (MUST-NOT-HAPPEN 16): once a redirect has left it they stay off, even if a later one leads back.
 */
export async function followRedirects(
  exchange: Exchange,
  request: HttpRequest,
  options: RedirectOptions,
): Promise<HttpResponse> {
  let current = request;
  let leftOrigin = false;
  for (let redirects = 0; ; redirects += 1) {
    const response = await exchange(current, options.signal);
    const target = redirectTarget(current, response);
    if (target === undefined) return { ...response, leftOrigin };
    const leaves = target.origin !== current.url.origin;
    if (leaves && options.toOtherOrigin === 'stop') return { ...response, leftOrigin };
    if (redirects === MAX_REDIRECTS)
      throw malformed(request, `more than ${MAX_REDIRECTS} redirects, wanted an answer`);
    leftOrigin ||= leaves;
    current = redirected(current, target, leftOrigin);
  }
}

function redirectTarget(request: HttpRequest, response: HttpResponse): URL | undefined {
  const location = response.headers.get('location');
  if (!REDIRECT_STATUSES.has(response.status) || location === undefined) return undefined;
  const base = request.url.href;
  const target = URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (target === undefined || !['http:', 'https:'].includes(target.protocol))
    throw malformed(request, 'a redirect to something that is no URL, wanted http or https');
  if (request.url.protocol === 'https:' && target.protocol === 'http:')
    throw malformed(request, `a redirect to plain HTTP on "${target.host}", wanted https`);
  return target;
}

function redirected(request: HttpRequest, target: URL, leftOrigin: boolean): HttpRequest {
  const url = new URL(target);
  url.username = '';
  url.password = '';
  if (!leftOrigin) return { ...request, url };
  const { authorization: _, ...headers } = request.headers;
  return { ...request, url, headers };
}

function malformed(request: HttpRequest, what: string): RegistryError {
  return new RegistryError(
    'MALFORMED',
    `Cannot ${request.action}: registry "${request.url.host}" answered with ${what}`,
  );
}
