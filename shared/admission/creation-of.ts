import { type JsonObject, stringAt } from '../base/json-value.ts';
import type { AdmissionRequest } from './admission-request.ts';

/** The request that `kubectl create` of this object would become. */
export function creationOf(object: JsonObject, defaultNamespace: string): AdmissionRequest {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  const slash = apiVersion.indexOf('/');
  return {
    operation: 'CREATE',
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind: stringAt(object, 'kind') ?? '',
    subresource: '',
    namespace: stringAt(object, 'metadata', 'namespace') ?? defaultNamespace,
    name: stringAt(object, 'metadata', 'name') ?? '',
    object,
    oldObject: undefined,
    dryRun: true,
  };
}
