import { type HostLookup, HostLookupError } from '../../base/host-lookup.ts';
import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import type { ApiCall } from '../../policy/context-entry.ts';
import type { RegistryCredentials } from '../../policy/registry-credentials.ts';
import { ContextError } from './context-error.ts';

/** What `imageRegistry` asks for. */
export interface ImageDataQuestion {
  readonly reference: string;
  /** Undefined for those that images of the object are read with. */
  readonly credentials: RegistryCredentials | undefined;
  /** Of a namespaced policy, whose credentials are Secrets of its namespace only. */
  readonly policyNamespace: string | undefined;
  /** Namespace of the request, whose pull secrets may be used; empty for none. */
  readonly namespace: string;
}

/**
 * Where data of `context` entries comes from. Everything asked for has its variables replaced, and is
 * inside the namespace of a namespaced policy. Time, size of an answer and permissions are the source's
 * affair; what it throws is "could not find out".
 */
export interface ContextSources {
  /** `data` and `metadata` of a ConfigMap; undefined where it does not exist. */
  readConfigMap(
    place: { readonly namespace: string; readonly name: string },
    signal: AbortSignal | undefined,
  ): Promise<JsonObject | undefined>;
  /** The JSON that was answered. */
  apiCall(call: ApiCall, signal: AbortSignal | undefined): Promise<JsonValue>;
  /**
   * Fields of Kyverno's image data: `image`, `resolvedImage`, `registry`, `repository`, `identifier`,
   * `manifestList`, `manifest`, `configData`.
   */
  imageData(question: ImageDataQuestion, signal: AbortSignal | undefined): Promise<JsonValue>;
  /** What a GlobalContextEntry holds; undefined where there is none of that name, or no such projection. */
  globalEntry(
    place: { readonly name: string; readonly projection: string },
    signal: AbortSignal | undefined,
  ): Promise<JsonValue | undefined>;
  /** Addresses of hosts that expressions name. */
  readonly hosts: HostLookup;
}

/** Where there is nobody to ask. */
export const NO_CONTEXT_SOURCES: ContextSources = {
  readConfigMap: nobody,
  apiCall: nobody,
  imageData: nobody,
  globalEntry: nobody,
  hosts: {
    addressesOf: async () =>
      Promise.reject(new HostLookupError('UNREACHABLE', 'hosts are not looked up here')),
  },
};

async function nobody(): Promise<never> {
  return Promise.reject(new ContextError('NO_SOURCE', 'there is no cluster to ask'));
}
