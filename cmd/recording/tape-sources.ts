import type { Tape } from '#shared/recording/tape.ts';
import { tapedHosts } from '#shared/recording/taped-hosts.ts';
import { tapedKeys } from '#shared/recording/taped-keys.ts';
import { tapedLogs } from '#shared/recording/taped-logs.ts';
import { TapedRegistry } from '#shared/recording/taped-registry.ts';
import { tapedRevocations } from '#shared/recording/taped-revocations.ts';
import { tapedTrustRoot } from '#shared/recording/taped-trust-root.ts';
import type { EngineSources } from '../sources.ts';

/** Puts a tape between the engine and everybody it asks; the time is the tape's. */
export function tapeSources(tape: Tape): (sources: EngineSources) => EngineSources {
  return (sources) => {
    const registry = new TapedRegistry(tape, sources.openRegistry);
    return {
      ...sources,
      clock: tape.clock,
      openRegistry: () => Promise.resolve(registry),
      loadTrustRoot: () => tapedTrustRoot(tape, sources.loadTrustRoot),
      keySource: tapedKeys(tape, sources.keySource),
      revocations: tapedRevocations(tape, sources.revocations),
      logs: tapedLogs(tape, sources.logs),
      hosts: tapedHosts(tape, sources.hosts),
    };
  };
}
