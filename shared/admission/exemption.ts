import { isDeepStrictEqual } from 'node:util';
import { type JsonObject, type JsonValue, member, stringAt } from '../base/json-value.ts';
import { findWorkloadKind } from '../workload/kinds.ts';
import type { AdmissionRequest } from './admission-request.ts';

/** The kubelet's mark on the API server's picture of a static pod; the kubelet never runs such an object. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/**
 * Why a request needs no look at its images, or undefined. Nothing here rests on what the requester alone
 * can write (MUST-NOT-HAPPEN 7): deletionTimestamp counts on the stored object only, and replicas, owner
 * references or annotations of ours never do.
 */
export function exemption(request: AdmissionRequest): string | undefined {
  const { operation, group, kind, object, oldObject } = request;
  if (operation === 'DELETE' || operation === 'CONNECT') return `${operation} brings in no image`;
  if (isEnding(oldObject) && (findWorkloadKind(group, kind) !== undefined || isUnchanged(request)))
    return 'the object is being deleted';
  if (group === '' && kind === 'Pod' && isMirror(object)) return 'mirror of a static pod';
  return undefined;
}

function isEnding(oldObject: JsonValue | undefined): boolean {
  return stringAt(oldObject, 'metadata', 'deletionTimestamp') !== undefined;
}

/**
 * Kubernetes makes no more Pods of a workload that is being deleted. What others still make of an object that a
 * finalizer keeps, nobody knows: finalizers can go, and nothing can come.
 */
function isUnchanged({ object, oldObject }: AdmissionRequest): boolean {
  return isDeepStrictEqual(contentOf(object), contentOf(oldObject));
}

function contentOf(object: JsonObject | undefined): JsonObject {
  const { metadata, status: _status, ...content } = object ?? {};
  return { ...content, metadata: member(metadata, 'annotations') ?? {} };
}

function isMirror(object: JsonValue | undefined): boolean {
  return member(member(member(object, 'metadata'), 'annotations'), MIRROR_ANNOTATION) !== undefined;
}
