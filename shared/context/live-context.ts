import {
  type ContextSources,
  type ImageDataQuestion,
  NO_CONTEXT_SOURCES,
} from '../admission/context/context-sources.ts';
import type { Clock } from '../base/clock.ts';
import type { JsonValue } from '../base/json-value.ts';
import { Limiter } from '../base/limiter.ts';
import { raceAbort } from '../base/race-abort.ts';
import { ConfigMaps } from '../kube/config-maps.ts';
import type { Kube } from '../kube/kube.ts';
import { readImageData } from '../registry/read-image-data.ts';
import type { Registry } from '../registry/registry.ts';
import { callTarget } from './call-target.ts';
import { GlobalEntries } from './global-entries.ts';
import { ServiceCaller, type ServiceCallerOptions } from './service-caller.ts';
import { systemHosts } from './system-hosts.ts';
import { toldDefinitely } from './told-definitely.ts';

export interface LiveContextOptions extends ServiceCallerOptions {
  /** Undefined where there is no cluster: what only a cluster knows is then an error. */
  readonly kube: Kube | undefined;
  readonly clock: Clock;
  /** The registries as an entry may see them. */
  readonly openRegistry: (
    question: ImageDataQuestion,
    signal: AbortSignal | undefined,
  ) => Promise<Registry>;
  /** Ends all watches and connections. */
  readonly signal: AbortSignal;
}

/** What the entries of a rule may bring in together, so one answer has no use for more. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** An admission has 10 s by default, and has to verify images too. Milliseconds. */
const CALL_TIMEOUT = 5_000;

/** Calls of the API server at the same time: each may have an answer in memory, and a loop may make many. */
const MAX_CALLS = 16;

/** Data of `context` entries from the cluster, from services and from registries, as it is now. */
export function liveContext(options: LiveContextOptions): ContextSources {
  const { kube, clock, openRegistry, signal } = options;
  const services = new ServiceCaller(options);
  signal.addEventListener('abort', () => services.close(), { once: true });
  const callees = { kube, services };
  const calls = new Limiter(MAX_CALLS);
  return {
    ...NO_CONTEXT_SOURCES,
    hosts: systemHosts,
    ...(kube === undefined ? {} : clusterData(kube, { callees, clock, signal })),
    apiCall: async (call, asking) => {
      const bounds = { maxBytes: MAX_ANSWER_BYTES, timeout: CALL_TIMEOUT, signal: asking };
      const run = async (): Promise<JsonValue> =>
        toldDefinitely(async () => callTarget(call, callees, bounds));
      // Connections to services are counted for each of them.
      return call.target.kind === 'service' ? run() : raceAbort(calls.run(run), asking);
    },
    imageData: async (question, asking) =>
      readImageData(await openRegistry(question, asking), question.reference, { signal: asking }),
  };
}

function clusterData(
  kube: Kube,
  options: Omit<ConstructorParameters<typeof GlobalEntries>[0], 'kube'>,
): Pick<ContextSources, 'readConfigMap' | 'globalEntry'> {
  const configMaps = new ConfigMaps(kube, options.clock);
  const globals = new GlobalEntries({ kube, ...options });
  return {
    readConfigMap: async (place, asking) =>
      toldDefinitely(async () => configMaps.read(place, asking)),
    globalEntry: async (place, asking) => toldDefinitely(async () => globals.value(place, asking)),
  };
}
