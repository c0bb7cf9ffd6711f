import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import { type JsonObject, stringAt } from '#shared/base/json-value.ts';

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

/** `deployment.apps/web`, as kubectl names objects; `pod/web-` for a generated name. */
export function objectName({ group, kind, name, object }: AdmissionRequest): string {
  const type = kind.toLowerCase() + (group === '' ? '' : `.${group}`);
  return `${type}/${name === '' ? (stringAt(object, 'metadata', 'generateName') ?? '') : name}`;
}
