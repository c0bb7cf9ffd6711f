import type { ContextSources } from '#shared/admission/context/context-sources.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';

export interface CannedContext {
  /** By `namespace/name`. */
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By path. */
  readonly calls?: Readonly<Record<string, JsonValue>>;
  /** By reference. */
  readonly images?: Readonly<Record<string, JsonValue>>;
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
  };
}
