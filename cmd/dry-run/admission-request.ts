import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import { creationOf } from '#shared/admission/creation-of.ts';
import { type JsonObject, stringAt } from '#shared/base/json-value.ts';
import { printable } from '../print/tree.ts';

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

/** `deployment.apps/web`, as kubectl names objects; `pod/web-` for a generated name. For people. */
export function objectName({ group, kind, name, object }: AdmissionRequest): string {
  const type = kind.toLowerCase() + (group === '' ? '' : `.${group}`);
  const shown = name === '' ? (stringAt(object, 'metadata', 'generateName') ?? '') : name;
  return printable(`${type}/${shown}`);
}
