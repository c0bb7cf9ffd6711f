import { lookup } from 'node:dns/promises';
import { messageOf } from '../base/coded-error.ts';
import { type HostLookup, HostLookupError } from '../base/host-lookup.ts';
import { Limiter } from '../base/limiter.ts';
import { raceAbort } from '../base/race-abort.ts';

/** An admission has 10 s by default, and a resolver that is well answers in a few milliseconds. Milliseconds. */
const LOOKUP_TIMEOUT = 3_000;

/**
 * Lookups at the same time. Each keeps one of the process's four threads until the resolver gives up, which no
 * timeout of ours can change; registries and services need the others.
 */
const MAX_LOOKUPS = 2;

const lookups = new Limiter(MAX_LOOKUPS);

/** Codes of Node for names that do not exist, and for those without addresses. */
const NO_SUCH_HOST: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA']);

/** Addresses as the system finds them: its file of hosts, its search domains, its DNS servers. */
export const systemHosts: HostLookup = {
  async addressesOf(host, signal) {
    const timeout = AbortSignal.timeout(LOOKUP_TIMEOUT);
    const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      return await raceAbort(lookUp(host, stop), stop);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof HostLookupError) throw error;
      const why = timeout.aborted ? `no answer within ${LOOKUP_TIMEOUT} ms` : messageOf(error);
      throw new HostLookupError('UNREACHABLE', why, { cause: error });
    }
  },
};

async function lookUp(host: string, stop: AbortSignal): Promise<readonly string[]> {
  return lookups.run(async () => {
    // Whoever asked may have given up while others were served.
    stop.throwIfAborted();
    try {
      const found = await lookup(host, { all: true });
      return found.map(({ address }) => address);
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && NO_SUCH_HOST.has(cause.code))) throw cause;
      throw new HostLookupError('NO_SUCH_HOST', 'no such host', { cause });
    }
  });
}
