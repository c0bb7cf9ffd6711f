import { Dispatchers } from '../registry/dispatchers.ts';
import type { Environment } from '../registry/proxy.ts';
import type { LogFetcher } from '../signature/log-lookup.ts';
import { askRekor } from './ask-rekor.ts';

/**
 * Asks logs over connections of its own, which all questions of a process share.
 * @param env for the proxy that it names.
 */
export function httpLogFetcher(env: Environment): LogFetcher {
  const dispatchers = new Dispatchers({ extraCertificates: [], environment: env });
  return {
    fetch: async (base, question, signal) =>
      askRekor(base, question, { signal, dispatcherFor: (url) => dispatchers.for(url) }),
  };
}
