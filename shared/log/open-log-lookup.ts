import type { Clock } from '../base/clock.ts';
import { Dispatchers } from '../registry/dispatchers.ts';
import type { Environment } from '../registry/proxy.ts';
import { RekorLookup } from './rekor-lookup.ts';

export interface OpenLogLookupOptions {
  readonly clock: Clock;
  /** For the proxy that it names. */
  readonly env: Environment;
  /** Logs besides the public one that authors of namespaced policies may have asked. */
  readonly listed: readonly string[];
}

/** Asks logs over connections of its own, which all questions of a process share. */
export function openLogLookup({ clock, env, listed }: OpenLogLookupOptions): RekorLookup {
  const dispatchers = new Dispatchers({ extraCertificates: [], environment: env });
  return new RekorLookup({ clock, listed, dispatcherFor: (url) => dispatchers.for(url) });
}
