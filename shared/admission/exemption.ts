import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import type { AdmissionRequest } from './admission-request.ts';

/** The kubelet's mark on the API server's picture of a static pod; the kubelet never runs such an object. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/**
 * Why a request needs no look at its images, or undefined. Nothing here rests on what the requester alone
 * can write (MUST-NOT-HAPPEN 7): deletionTimestamp counts on the stored object only, and replicas, owner
 * references or annotations of ours never do.
 */
export function exemption({
  operation,
  kind,
  object,
  oldObject,
}: AdmissionRequest): string | undefined {
  if (operation === 'DELETE' || operation === 'CONNECT') return `${operation} brings in no image`;
  if (stringAt(oldObject, 'metadata', 'deletionTimestamp') !== undefined)
    return 'the object is being deleted';
  if (kind === 'Pod' && isMirror(object)) return 'mirror of a static pod';
  return undefined;
}

function isMirror(object: JsonValue | undefined): boolean {
  return member(member(member(object, 'metadata'), 'annotations'), MIRROR_ANNOTATION) !== undefined;
}
