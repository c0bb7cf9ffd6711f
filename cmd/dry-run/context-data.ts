import { ContextError } from '#shared/admission/context/context-error.ts';
import {
  type ContextSources,
  NO_CONTEXT_SOURCES,
} from '#shared/admission/context/context-sources.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import type { Kube } from '#shared/kube/kube.ts';
import type { ApiCall } from '#shared/policy/context-entry.ts';
import { findConfigMap } from '../file/find-config-map.ts';
import { findNamespace, storedLabels } from '../file/find-namespace.ts';
import type { EngineSources } from '../sources.ts';
import type { Subject } from './judgement.ts';

export interface ContextDataOptions {
  /** ConfigMaps among them come before those of the cluster. */
  readonly subjects: readonly Subject[];
  /** Undefined where no cluster is used. */
  readonly kube: Kube | undefined;
  readonly defaultNamespace: string;
  readonly sources: Pick<EngineSources, 'clock' | 'openRegistry'>;
  /** Ends what is followed in the cluster. */
  readonly signal: AbortSignal;
}

/** Data of `context` entries as the files have it, and as the cluster has it where one is used. */
export function contextData(options: ContextDataOptions): ContextSources {
  const { subjects, kube, defaultNamespace } = options;
  const cluster = kube === undefined ? NO_CLUSTER : lazyCluster(kube, options);
  return {
    ...cluster,
    readConfigMap: async (place, signal) =>
      findConfigMap(subjects, place, defaultNamespace) ?? cluster.readConfigMap(place, signal),
    apiCall: async (call, signal) =>
      namespaceAskedFor(call, subjects) ?? cluster.apiCall(call, signal),
  };
}

/** The Namespace among the files that a call asks for, as expressions on `namespaceObject` do. */
function namespaceAskedFor(
  { method, target }: ApiCall,
  subjects: readonly Subject[],
): JsonObject | undefined {
  if (method !== 'GET' || target.kind !== 'api-server') return undefined;
  const [, name] = /^\/api\/v1\/namespaces\/([^/?]+)$/.exec(target.urlPath) ?? [];
  const written = name === undefined ? undefined : findNamespace(subjects, name);
  if (name === undefined || written === undefined) return undefined;
  const labels = storedLabels(written, name);
  return { ...written, metadata: { ...(written['metadata'] as JsonObject), labels } };
}

const NO_CLUSTER: ContextSources = {
  ...NO_CONTEXT_SOURCES,
  readConfigMap: async () =>
    Promise.reject(
      new ContextError(
        'NO_SOURCE',
        'it is not among the given files, and no cluster is asked; add it to them with -f',
      ),
    ),
};

/** What speaks to services is loaded only where a policy asks for something. */
function lazyCluster(
  kube: Kube,
  { sources: { clock, openRegistry }, signal }: ContextDataOptions,
): ContextSources {
  let opened: Promise<ContextSources> | undefined;
  const open = (): Promise<ContextSources> => {
    opened ??= import('#shared/context/live-context.ts').then(({ liveContext }) =>
      liveContext({ kube, clock, openRegistry, signal }),
    );
    return opened;
  };
  return {
    ...NO_CONTEXT_SOURCES,
    readConfigMap: async (place, asking) => (await open()).readConfigMap(place, asking),
    apiCall: async (call, asking) => (await open()).apiCall(call, asking),
    globalEntry: async (place, asking) => (await open()).globalEntry(place, asking),
  };
}
