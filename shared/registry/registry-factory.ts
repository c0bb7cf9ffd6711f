import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from '../base/clock.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import { Authorizer } from './authorizer.ts';
import { Dispatchers } from './dispatchers.ts';
import type { Exchange } from './http-message.ts';
import type { Keychain } from './keychain.ts';
import type { ReferrersSupport } from './list-referrers.ts';
import { CallsInFlight, OciRegistry } from './oci-registry.ts';
import type { Environment } from './proxy.ts';
import type { Registry } from './registry.ts';
import { RegistryWriter } from './registry-writer.ts';
import { type RequestObservation, Transport } from './transport.ts';

/** One request; an admission has 10 s by default, and this must be less (MUST-NOT-HAPPEN 17). */
const DEFAULT_TIMEOUT_MS = 8_000;

/** From the first try to the start of the last one; leaves time to answer within an admission. */
const DEFAULT_RETRY_BUDGET_MS = 3_000;

/** A host that gains a referrers API saves its round trip again after this time. */
const REFERRERS_SUPPORT_TTL_MS = 60 * 60 * 1000;

/** Hosts whose lack of a referrers API is remembered; far more than one cluster pulls from. */
const MAX_HOSTS = 1_000;

export interface RegistryFactoryOptions {
  /** Of this program, for `User-Agent`. */
  readonly version: string;
  /** PEM certificates that are trusted besides the system's. */
  readonly extraCertificates?: readonly string[];
  /** `host[:port]` that are spoken to over plain HTTP; loopback is anyway. */
  readonly plainHttpHosts?: readonly string[];
  /** Loopback `host:port` that speak TLS. */
  readonly tlsHosts?: readonly string[];
  /** Where proxies are configured; `process.env` by default. */
  readonly environment?: Environment;
  /** Milliseconds for one HTTP request with its whole answer. */
  readonly timeoutMs?: number;
  /** Milliseconds from the first try until the last retry may start. */
  readonly retryBudgetMs?: number;
  /** Told of every HTTP request. */
  readonly onRequest?: (observation: RequestObservation) => void;
  readonly clock?: Clock;
  /** Waits between retries; rejects when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Makes registries that share connections, tokens and work in flight. */
export interface RegistryFactory {
  /** A registry that uses these credentials; cheap, made for each request. */
  open(keychain: Keychain): Registry;
  /** Writing with these credentials, under tokens of its own. */
  openWriter(keychain: Keychain): RegistryWriter;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** One factory is made at start and lives as long as the process. */
export function createRegistryFactory(options: RegistryFactoryOptions): RegistryFactory {
  const clock = options.clock ?? systemClock;
  const schemeRules = {
    plainHttpHosts: lowerCase(options.plainHttpHosts),
    tlsHosts: lowerCase(options.tlsHosts),
  };
  const dispatchers = new Dispatchers({
    extraCertificates: options.extraCertificates ?? [],
    environment: options.environment ?? process.env,
  });
  const transport = new Transport({
    dispatchers,
    userAgent: `kubectl-sign-policy/${options.version}`,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    onRequest: options.onRequest,
  });
  const exchange: Exchange = (request, signal) => transport.exchange(request, signal);
  const authorizer = new Authorizer({ exchange, clock, schemeRules });
  const budgetMs = options.retryBudgetMs ?? DEFAULT_RETRY_BUDGET_MS;
  const retry = { clock, sleep: options.sleep ?? sleep, budgetMs };
  const session = { exchange, authorizer, retry, clock };
  const calls = new CallsInFlight();
  const referrersSupport = rememberSupport(clock);
  return {
    open: (keychain) =>
      new OciRegistry({ keychain, session, calls, schemeRules, referrersSupport }),
    openWriter: (keychain) => {
      const authorizer = new Authorizer({ exchange, clock, schemeRules, actions: 'pull,push' });
      const writing = { exchange, authorizer, retry, clock };
      return new RegistryWriter({ keychain, session: writing, schemeRules });
    },
    close: () => dispatchers.close(),
  };
}

function rememberSupport(clock: Clock): (host: string) => ReferrersSupport {
  const lacking = new TtlCache<true>({ maxEntries: MAX_HOSTS, clock });
  return (host) => ({
    lacksApi: () => lacking.get(host) === true,
    noteLacking: () => lacking.set(host, true, REFERRERS_SUPPORT_TTL_MS),
  });
}

function lowerCase(hosts: readonly string[] | undefined): ReadonlySet<string> {
  return new Set((hosts ?? []).map((host) => host.toLowerCase()));
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
