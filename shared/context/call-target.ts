import type { JsonValue } from '../base/json-value.ts';
import { ContextError } from '../admission/context/context-error.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { Kube } from '../kube/kube.ts';
import type { ApiCall } from '../policy/context-entry.ts';
import { requestData } from './request-data.ts';
import type { ServiceCallOptions, ServiceCaller } from './service-caller.ts';

/** Whom calls of policies reach. */
export interface Callees {
  /** Undefined where there is no cluster. */
  readonly kube: Kube | undefined;
  readonly services: ServiceCaller;
}

/** Asks the API server or a service, whichever the call is for. @throws {ContextError | KubeError | ServiceError} */
export async function callTarget(
  call: ApiCall,
  { kube, services }: Callees,
  options: ServiceCallOptions,
): Promise<JsonValue> {
  const { method, target } = call;
  if (target.kind === 'service') return services.call({ ...call, target }, options);
  if (kube === undefined) throw new ContextError('NO_SOURCE', 'there is no cluster to ask');
  try {
    return await kube.callPath({
      ...options,
      method,
      path: target.urlPath,
      ...(method === 'POST' ? { body: requestData(call) } : {}),
    });
  } catch (error) {
    if (!(error instanceof KubeError) || !DENIED.includes(error.code)) throw error;
    throw new KubeError(error.code, `permission denied: ${error.message}`, { cause: error });
  }
}

/** What Kyverno 1.19 calls "permission denied". */
const DENIED: readonly KubeError['code'][] = ['FORBIDDEN', 'UNAUTHORIZED'];
