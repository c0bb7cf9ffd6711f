import { type JsonObject, type JsonValue, member } from '../base/json-value.ts';
import { at } from './images.ts';
import type { WorkloadKind } from './kinds.ts';

/** Whose pull credentials the kubelet would use for a workload. */
export interface PullIdentity {
  readonly namespace: string;
  /** `default` where the pod names none. */
  readonly serviceAccountName: string;
  /** Names of Secrets in `namespace`, in the order given. */
  readonly imagePullSecrets: readonly string[];
}

/**
 * Reads `serviceAccountName` and `imagePullSecrets` of a workload's PodSpec; of another kind it is the default
 * account of its namespace.
 */
export function readPullIdentity(
  object: JsonObject,
  kind: WorkloadKind | undefined,
  namespace: string,
): PullIdentity {
  const podSpec = kind && at(object, kind.podSpec);
  const account = member(podSpec, 'serviceAccountName');
  const secrets = member(podSpec, 'imagePullSecrets');
  return {
    namespace,
    serviceAccountName: typeof account === 'string' && account !== '' ? account : 'default',
    imagePullSecrets: Array.isArray(secrets)
      ? (secrets as readonly JsonValue[]).flatMap(secretName)
      : [],
  };
}

function secretName(reference: JsonValue): string[] {
  const name = member(reference, 'name');
  return typeof name === 'string' && name !== '' ? [name] : [];
}
