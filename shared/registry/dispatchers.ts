import { createSecureContext, getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { CodedError } from '../base/coded-error.ts';
import { type Environment, proxyFor } from './proxy.ts';

/** Idle connections are kept this long: admissions come in bursts, minutes apart. */
const KEEP_ALIVE_MS = 60_000;

/** A host that does not even accept the connection in this time is down. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface DispatcherOptions {
  /** PEM certificates that are trusted besides the system's. */
  readonly extraCertificates: readonly string[];
  readonly environment: Environment;
}

/** Pools of connections: direct ones, and one pool for each proxy. */
export class Dispatchers {
  readonly #options: DispatcherOptions;
  readonly #agentOptions: Agent.Options;
  readonly #direct: Agent;
  readonly #proxies = new Map<string, ProxyAgent>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#agentOptions = {
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { timeout: CONNECT_TIMEOUT_MS, ...trust(options.extraCertificates) },
    };
    this.#direct = new Agent(this.#agentOptions);
  }

  for(url: URL): Dispatcher {
    const proxy = proxyFor(url, this.#options.environment);
    if (proxy === undefined) return this.#direct;
    const known = this.#proxies.get(proxy);
    if (known !== undefined) return known;
    // Not quoted: proxy URLs hold passwords.
    if (!URL.canParse(proxy))
      throw new CodedError(
        'BAD_PROXY_URL',
        'Cannot use the proxy of the environment: it is no URL',
      );
    const tls = { timeout: CONNECT_TIMEOUT_MS, ...trust(this.#options.extraCertificates) };
    const agent = new ProxyAgent({
      ...this.#agentOptions,
      uri: proxy,
      requestTls: tls,
      proxyTls: tls,
    });
    this.#proxies.set(proxy, agent);
    return agent;
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxies.values()].map((agent) => agent.destroy()));
  }
}

/** One context for all connections: reading the certificates for each would cost milliseconds. */
function trust(extra: readonly string[]): {
  secureContext?: ReturnType<typeof createSecureContext>;
} {
  if (extra.length === 0) return {};
  return {
    secureContext: createSecureContext({ ca: [...getCACertificates('default'), ...extra] }),
  };
}
