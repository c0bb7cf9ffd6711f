import { member } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { Repository } from '../image/reference.ts';
import type { BearerAuth } from './host-auth.ts';
import { statusFailure } from './http-failure.ts';
import type { Exchange, HttpRequest, HttpResponse } from './http-message.ts';
import type { Credential } from './keychain.ts';
import { followRedirects } from './redirect.ts';
import { RegistryError, type RegistryErrorCode } from './registry-error.ts';

/** Tokens are some kilobytes; Azure's are the largest. */
const MAX_TOKEN_BYTES = 128 * 1024;

/** distribution-spec, token authentication: life of a token whose answer does not say. */
const DEFAULT_LIFE_SECONDS = 60;

/** Longer than any registry hands out; a wrong figure must not keep a token for ever. */
const MAX_LIFE_SECONDS = 3600;

/** Identifies us at OAuth2 endpoints that want a client id. */
const CLIENT_ID = 'kubectl-sign-policy';

/**
 * Where a token endpoint's status says something else than a registry's: RFC 6749 §5.2 answers a refresh
 * token that is no longer good with 400, and a missing endpoint is no missing image.
 */
const CODE_BY_STATUS: ReadonlyMap<number, RegistryErrorCode> = new Map([
  [400, 'UNAUTHORIZED'],
  [404, 'MALFORMED'],
]);

export interface Token {
  readonly value: string;
  /** Seconds from now. */
  readonly lifeSeconds: number;
}

export interface TokenWish {
  readonly auth: BearerAuth;
  readonly scope: string;
  readonly credential: Credential;
  /** For messages. */
  readonly repository: Repository;
}

/**
 * Gets a Bearer token: GET with the password where there is one (distribution token specification), POST
 * of the refresh grant for an identity token (OAuth2). The answer must come from the realm's own origin.
 * @throws {RegistryError} never `NOT_FOUND`, which would be an answer about the image.
 */
export async function exchangeToken(
  exchange: Exchange,
  wish: TokenWish,
  options: { readonly signal: AbortSignal; readonly now: number },
): Promise<Token> {
  const request = tokenRequest(wish);
  const response = await followRedirects(exchange, request, {
    toOtherOrigin: 'stop',
    signal: options.signal,
  });
  if (response.status === 200) return readToken(request, response);
  const failure = statusFailure(request, response, options.now);
  const code = CODE_BY_STATUS.get(response.status);
  throw code === undefined
    ? failure
    : new RegistryError(code, failure.message, { status: response.status });
}

function tokenRequest({ auth, scope, credential, repository }: TokenWish): HttpRequest {
  const common = {
    maxBytes: MAX_TOKEN_BYTES,
    operation: 'token' as const,
    action: `get a token for "${repositoryName(repository)}"`,
  };
  if (credential.kind === 'identity-token') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: CLIENT_ID,
      service: auth.service ?? '',
      scope,
      refresh_token: credential.token,
    });
    return {
      ...common,
      method: 'POST',
      url: auth.realm,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    };
  }
  const url = new URL(auth.realm);
  if (auth.service !== undefined) url.searchParams.set('service', auth.service);
  url.searchParams.set('scope', scope);
  const headers =
    credential.kind === 'basic' ? { authorization: basicHeader(credential) } : undefined;
  return { ...common, method: 'GET', url, headers: headers ?? {} };
}

/** RFC 7617, UTF-8. */
export function basicHeader(credential: Extract<Credential, { kind: 'basic' }>): string {
  const pair = `${credential.username}:${credential.password}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

function readToken(request: HttpRequest, response: HttpResponse): Token {
  const answer = parseAnswer(response.body);
  const value = member(answer, 'token') ?? member(answer, 'access_token');
  // Anything else could not be sent in a header.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw new RegistryError(
      'MALFORMED',
      `Cannot ${request.action}: "${request.url.host}" answered without a usable token, wanted "token" or "access_token"`,
    );
  const life = member(answer, 'expires_in');
  const isUsable = typeof life === 'number' && Number.isFinite(life) && life > 0;
  return {
    value,
    lifeSeconds: Math.min(isUsable ? life : DEFAULT_LIFE_SECONDS, MAX_LIFE_SECONDS),
  };
}

function parseAnswer(body: Buffer): unknown {
  try {
    return parseStrictJson(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
