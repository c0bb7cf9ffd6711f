import type { ContextSources } from '#shared/admission/context/context-sources.ts';
import { HostLookupError, type HostLookupErrorCode } from '#shared/base/host-lookup.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';

export interface CannedContext {
  /** By `namespace/name`. */
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By path. */
  readonly calls?: Readonly<Record<string, JsonValue>>;
  /** By reference. */
  readonly images?: Readonly<Record<string, JsonValue>>;
  /** Addresses by host, or why there are none. */
  readonly hosts?: Readonly<Record<string, readonly string[] | HostLookupErrorCode>>;
}

/** Answers that are there beforehand, and what was asked for, in order. */
export function cannedContext(context: CannedContext): ContextSources & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    readConfigMap: async ({ namespace, name }) => {
      asked.push(`configmap ${namespace}/${name}`);
      const data = context.configMaps?.[`${namespace}/${name}`];
      return Promise.resolve(
        data && ({ data, metadata: { name, namespace } } satisfies JsonObject),
      );
    },
    apiCall: async ({ target }) => {
      const path = target.kind === 'service' ? target.url : target.urlPath;
      asked.push(`call ${path}`);
      const answer = context.calls?.[path];
      return answer === undefined
        ? Promise.reject(new Error('connect ECONNREFUSED'))
        : Promise.resolve(answer);
    },
    imageData: async ({ reference }) => {
      asked.push(`image ${reference}`);
      return Promise.resolve(context.images?.[reference] ?? null);
    },
    globalEntry: async () => Promise.resolve(undefined),
    hosts: {
      addressesOf: async (host) => {
        asked.push(`host ${host}`);
        const answer = context.hosts?.[host] ?? 'NO_SUCH_HOST';
        return typeof answer === 'string'
          ? Promise.reject(new HostLookupError(answer, 'it is not known'))
          : Promise.resolve(answer);
      },
    },
  };
}
