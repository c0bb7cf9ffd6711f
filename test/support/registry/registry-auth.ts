import { type Answer, errorAnswer, jsonAnswer } from './answer.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** How the registry wants callers to say who they are. */
export type RegistryAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | {
      readonly kind: 'bearer';
      /** Who gets tokens; without them anybody does. */
      readonly username?: string;
      readonly password?: string;
      /** An identity token that is exchanged by POST. */
      readonly refreshToken?: string;
      /** Whether callers without credentials get tokens for pulling. */
      readonly anonymousPull?: boolean;
      /** Seconds; left out of the answer by default. */
      readonly expiresIn?: number;
      /** Where tokens are given out, if not at this registry's own `/token`. */
      readonly realm?: string;
    };

type BearerAuth = Extract<RegistryAuth, { kind: 'bearer' }>;

/** Gives out tokens and checks them; each is good for one scope. */
export class AuthDesk {
  auth: RegistryAuth = { kind: 'none' };
  readonly #scopes = new Map<string, string>();
  #issued = 0;

  /** All tokens given out so far stop working. */
  revokeTokens(): void {
    this.#scopes.clear();
  }

  /** A token for a scope, as a test puts it into a configuration. */
  issue(scope: string): string {
    this.#issued += 1;
    const token = `registry-token-${this.#issued}`;
    this.#scopes.set(token, scope);
    return token;
  }

  /** The answer to a request that may not pass, or undefined if it may. */
  refuse(request: RecordedRequest, origin: string): Answer | undefined {
    switch (this.auth.kind) {
      case 'none':
        return undefined;
      case 'basic':
        return request.headers.authorization === basic(this.auth)
          ? undefined
          : errorAnswer(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="registry"' });
      case 'bearer':
        return this.#refuseBearer(this.auth, request, origin);
    }
  }

  /** The token endpoint. */
  token(request: RecordedRequest): Answer {
    if (this.auth.kind !== 'bearer') return errorAnswer(404, 'UNSUPPORTED');
    const form = new URLSearchParams(request.body.toString('utf8'));
    const scope = request.url.searchParams.get('scope') ?? form.get('scope') ?? '';
    const refusal =
      request.method === 'POST'
        ? refuseRefresh(this.auth, form)
        : refuseLogin(this.auth, request, scope);
    if (refusal !== undefined) return refusal;
    const life = this.auth.expiresIn === undefined ? {} : { expires_in: this.auth.expiresIn };
    return jsonAnswer(200, { token: this.issue(scope), ...life });
  }

  #refuseBearer(auth: BearerAuth, request: RecordedRequest, origin: string): Answer | undefined {
    const actions = ['GET', 'HEAD'].includes(request.method) ? 'pull' : 'pull,push';
    const wanted = request.kind === 'ping' ? '' : `repository:${request.repository}:${actions}`;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (covers(this.#scopes.get(token), wanted)) return undefined;
    const realm = auth.realm ?? `${origin}/token`;
    const scope = wanted === '' ? '' : `,scope="${wanted}"`;
    return errorAnswer(401, 'UNAUTHORIZED', {
      'www-authenticate': `Bearer realm="${realm}",service="test-registry"${scope}`,
    });
  }
}

/** The `Authorization` of a user. */
export function basic(user: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
}

function covers(scope: string | undefined, wanted: string): boolean {
  if (scope === undefined) return false;
  const [type, name, actions = ''] = wanted.split(':');
  return (
    wanted === '' ||
    scope.split(' ').some((granted) => {
      const [grantedType, grantedName, grantedActions = ''] = granted.split(':');
      const given = grantedActions.split(',');
      const isSame = grantedType === type && grantedName === name;
      return isSame && actions.split(',').every((action) => given.includes(action));
    })
  );
}

function refuseRefresh(auth: BearerAuth, form: URLSearchParams): Answer | undefined {
  const isGood =
    form.get('grant_type') === 'refresh_token' &&
    auth.refreshToken !== undefined &&
    form.get('refresh_token') === auth.refreshToken;
  return isGood ? undefined : jsonAnswer(400, { error: 'invalid_grant' });
}

function refuseLogin(
  auth: BearerAuth,
  request: RecordedRequest,
  scope: string,
): Answer | undefined {
  const { username, password } = auth;
  if (username === undefined || password === undefined) return undefined;
  const sent = request.headers.authorization;
  if (sent === basic({ username, password })) return undefined;
  const isPull = !scope.includes('push');
  if (sent === undefined && auth.anonymousPull === true && isPull) return undefined;
  return errorAnswer(401, 'UNAUTHORIZED');
}
