import { type Challenge, parseChallenges } from './challenge.ts';
import { type SchemeRules, speaksPlainHttp } from './endpoint.ts';

/** Tokens come from the realm. */
export interface BearerAuth {
  readonly kind: 'bearer';
  readonly realm: URL;
  readonly service: string | undefined;
  /** What one request needs, in the registry's own words. */
  readonly scope: string | undefined;
}

/** How a registry host wants callers to say who they are. */
export type HostAuth = { readonly kind: 'basic' } | BearerAuth;

/**
 * Reads a 401's `WWW-Authenticate`: Bearer before Basic, because it keeps the password away from the
 * registry itself. Undefined where nothing usable is offered.
 */
export function readHostAuth(header: string | undefined, rules: SchemeRules): HostAuth | undefined {
  const challenges = parseChallenges(header ?? '');
  const bearer = challenges
    .filter(({ scheme }) => scheme === 'bearer')
    .map((challenge) => readBearer(challenge, rules))
    .find((auth) => auth !== undefined);
  if (bearer !== undefined) return bearer;
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

/** Credentials are sent to the realm: it must be https, or a host that plain HTTP was allowed for. */
function readBearer({ parameters }: Challenge, rules: SchemeRules): BearerAuth | undefined {
  const text = parameters.get('realm') ?? '';
  const realm = URL.canParse(text) ? new URL(text) : undefined;
  if (realm === undefined || realm.username !== '' || realm.password !== '') return undefined;
  const safe =
    realm.protocol === 'https:' ||
    (realm.protocol === 'http:' && speaksPlainHttp(realm.host, rules));
  if (!safe) return undefined;
  return {
    kind: 'bearer',
    realm,
    service: parameters.get('service'),
    scope: parameters.get('scope'),
  };
}
