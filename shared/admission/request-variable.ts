import type { JsonObject } from '../base/json-value.ts';
import type { AdmissionRequest } from './admission-request.ts';

/**
 * The variable `request` of Kubernetes' expressions: an AdmissionRequest without its objects, which have
 * variables of their own. As in its JSON, what is empty is absent.
 */
export function requestVariable(request: AdmissionRequest): JsonObject {
  const { review } = request;
  if (review === undefined) return made(request);
  const { object: _object, oldObject: _oldObject, ...rest } = review;
  return rest;
}

function made(request: AdmissionRequest): JsonObject {
  const { group, version, kind, subresource, name, namespace, operation, userInfo } = request;
  const ownKind = { group, version, kind };
  // The plural of every kind that brings images.
  const resource = { group, version, resource: `${kind.toLowerCase()}s` };
  return {
    kind: ownKind,
    resource,
    requestKind: ownKind,
    requestResource: resource,
    ...(subresource === '' ? {} : { subResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: userInfo === undefined ? {} : { ...userInfo },
    dryRun: request.dryRun,
  };
}
