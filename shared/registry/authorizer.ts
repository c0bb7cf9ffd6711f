import type { Clock } from '../base/clock.ts';
import { SharedWork } from '../base/shared-work.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import type { Endpoint, SchemeRules } from './endpoint.ts';
import { type BearerAuth, type HostAuth, readHostAuth } from './host-auth.ts';
import type { Exchange } from './http-message.ts';
import type { Credential, Keychain } from './keychain.ts';
import { type Token, basicHeader, exchangeToken } from './token-exchange.ts';

/** Hosts whose way of authenticating is remembered; far more than one cluster pulls from. */
const MAX_HOSTS = 1_000;

/** A registry that changes its token service is met with one more 401 anyway. */
const HOST_AUTH_TTL_MS = 60 * 60 * 1000;

/** Tokens are per repository and set of credentials; some kilobytes each. */
const MAX_TOKENS = 2_000;

/** A token is not used in the last part of its life, when it could expire on its way. */
const USED_PART_OF_LIFE = 0.8;

/** One call's repository, credentials and time. */
export interface AuthContext {
  readonly endpoint: Endpoint;
  readonly keychain: Keychain;
  readonly signal: AbortSignal;
}

export interface AuthorizerOptions {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly schemeRules: SchemeRules;
  /** What tokens are asked for; what a challenge names by default, else reading. */
  readonly actions?: 'pull,push';
}

/**
 * Knows what each host wants and keeps the tokens it gave, so that only the first request to a host is
 * ever answered 401. Tokens are kept apart by host, repository and credential scope (MUST-NOT-HAPPEN 19).
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #hosts: TtlCache<HostAuth>;
  readonly #tokens: TtlCache<string>;
  readonly #exchanges = new SharedWork<Token>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#hosts = new TtlCache({ maxEntries: MAX_HOSTS, clock: options.clock });
    this.#tokens = new TtlCache({ maxEntries: MAX_TOKENS, clock: options.clock });
  }

  /** The `Authorization` for a first try: undefined where the host is not known to want one. */
  async forFirstTry(context: AuthContext): Promise<string | undefined> {
    const auth = this.#hosts.get(context.endpoint.host);
    return auth === undefined ? undefined : this.#authorize(auth, context, undefined);
  }

  /**
   * The `Authorization` after a 401, or undefined where there is nothing better than what was sent.
   * `sent` is what the registry refused.
   */
  async forChallenge(
    challenge: string | undefined,
    context: AuthContext,
    sent: string | undefined,
  ): Promise<string | undefined> {
    const auth = readHostAuth(challenge, this.#options.schemeRules);
    if (auth === undefined) return undefined;
    this.#hosts.set(context.endpoint.host, withoutScope(auth), HOST_AUTH_TTL_MS);
    const authorization = await this.#authorize(auth, context, sent);
    return authorization === sent ? undefined : authorization;
  }

  async #authorize(
    auth: HostAuth,
    context: AuthContext,
    refused: string | undefined,
  ): Promise<string | undefined> {
    if (auth.kind === 'bearer') {
      const kept = this.#tokens.get(tokenKey(context));
      if (kept !== undefined && kept !== refused) return kept;
    }
    const { repository } = context.endpoint;
    const credential = await context.keychain.resolve(repository.registry, repository.path);
    if (credential.kind === 'registry-token') return `Bearer ${credential.token}`;
    if (auth.kind === 'basic')
      return credential.kind === 'basic' ? basicHeader(credential) : undefined;
    return this.#exchange(auth, credential, context);
  }

  async #exchange(auth: BearerAuth, credential: Credential, context: AuthContext): Promise<string> {
    const { endpoint, signal } = context;
    const { actions } = this.#options;
    const named = actions === undefined ? auth.scope : undefined;
    const scope = named ?? `repository:${endpoint.path}:${actions ?? 'pull'}`;
    const key = tokenKey(context);
    const token = await this.#exchanges.run(`${key} ${scope}`, signal, (shared) =>
      exchangeToken(
        this.#options.exchange,
        { auth, scope, credential, repository: endpoint.repository },
        { signal: shared, now: this.#options.clock.now() },
      ),
    );
    const header = `Bearer ${token.value}`;
    this.#tokens.set(key, header, token.lifeSeconds * USED_PART_OF_LIFE * 1000);
    return header;
  }
}

function tokenKey({ endpoint, keychain }: AuthContext): string {
  return `${endpoint.host} ${endpoint.path} ${keychain.scope}`;
}

/** The scope of a challenge is for one repository; everything else holds for the whole host. */
function withoutScope(auth: HostAuth): HostAuth {
  return auth.kind === 'bearer' ? { ...auth, scope: undefined } : auth;
}
