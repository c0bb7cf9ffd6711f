import { X509Certificate } from 'node:crypto';
import { Agent } from 'undici';
import { guardedLookup } from './guarded-lookup.ts';
import { ServiceError } from './service-error.ts';

/** To one service at the same time; a slow one keeps its own callers waiting, and nobody else's. */
const CONNECTIONS = 8;

/** A service that does not even accept the connection in this time is down; milliseconds. */
const CONNECT_TIMEOUT = 3_000;

/** Sets of certificates with connections of their own; policies name few, but may take them from data. */
const MAX_AGENTS = 16;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Connections to services, by the certificates that may vouch for them. No proxy: it would resolve names itself. */
export class ServiceAgents {
  readonly #agents = new Map<string, Agent>();
  readonly #allowsLoopback: boolean;

  constructor(allowsLoopback: boolean) {
    this.#allowsLoopback = allowsLoopback;
  }

  /** @throws {ServiceError} BAD_CALL for certificates that are none. */
  for(caBundle: string): Agent {
    const agent = this.#agents.get(caBundle) ?? this.#open(caBundle);
    this.#agents.delete(caBundle);
    this.#agents.set(caBundle, agent);
    const [oldest] = this.#agents;
    if (this.#agents.size > MAX_AGENTS && oldest !== undefined) {
      this.#agents.delete(oldest[0]);
      void oldest[1].close();
    }
    return agent;
  }

  /** Ends all connections at once. */
  close(): void {
    for (const agent of this.#agents.values()) void agent.destroy();
    this.#agents.clear();
  }

  #open(caBundle: string): Agent {
    const connect = {
      timeout: CONNECT_TIMEOUT,
      lookup: guardedLookup(this.#allowsLoopback),
      ...(caBundle === '' ? {} : { ca: certificatesOf(caBundle) }),
    };
    return new Agent({ connections: CONNECTIONS, allowH2: false, connect });
  }
}

function certificatesOf(caBundle: string): string[] {
  const blocks = caBundle.match(CERTIFICATE) ?? [];
  try {
    if (blocks.length > 0) return blocks.map((block) => new X509Certificate(block).toString());
  } catch (cause) {
    throw new ServiceError('BAD_CALL', 'caBundle has a certificate that cannot be read', { cause });
  }
  throw new ServiceError('BAD_CALL', 'caBundle holds no PEM certificate');
}
