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

export interface RequestOptions {
  /** What is done to the object; an update is one that brings in all of it. */
  readonly operation: string;
  readonly defaultNamespace: string;
}

/** The request that doing so to this object would become. */
export function requestOf(
  object: JsonObject,
  { operation, defaultNamespace }: RequestOptions,
): AdmissionRequest {
  const request = creationOf(object, defaultNamespace);
  switch (operation) {
    case 'DELETE':
      return { ...request, operation, object: undefined, oldObject: object };
    case 'CONNECT':
      return { ...request, operation, object: undefined };
    case 'UPDATE':
      return { ...request, operation };
    default:
      return request;
  }
}

/** `deployment.apps/web`, as kubectl names objects; `pod/web-` for a generated name. */
export function objectName({ group, kind, name, object }: AdmissionRequest): string {
  const type = kind.toLowerCase() + (group === '' ? '' : `.${group}`);
  return `${type}/${name === '' ? (stringAt(object, 'metadata', 'generateName') ?? '') : name}`;
}
