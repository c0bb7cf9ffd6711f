import { type JsonObject, type JsonValue, member } from '../base/json-value.ts';
import { formatReference, withDigest } from '../image/format-reference.ts';
import type { WorkloadKind } from '../workload/kinds.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { PinnedImage } from './decision.ts';
import type { ExaminedImage } from './examined-object.ts';
import type { ImageJudgement } from './judge-images.ts';

/**
 * What each image would be pinned to. An image is pinned only where an entry asks for it and no entry
 * that looks at it says anything but yes: an unverified digest is never written (MUST-NOT-HAPPEN 1, 2).
 */
export function pinImages(
  images: readonly ExaminedImage[],
  judgements: readonly ImageJudgement[],
): readonly PinnedImage[] {
  return images.map((image) =>
    pinImage(
      image,
      judgements.filter((judgement) => judgement.image === image),
    ),
  );
}

function pinImage(image: ExaminedImage, judgements: readonly ImageJudgement[]): PinnedImage {
  const { reference, pointer, name: container, image: written } = image;
  const digest =
    judgements.find(({ verdict }) => verdict.digest !== undefined)?.verdict.digest ??
    reference?.digest;
  const verified = judgements.every(
    ({ verdict }) => verdict.kind === 'pass' || verdict.kind === 'skip',
  );
  const asked = judgements.some(({ entry }) => entry?.mutateDigest === true);
  const pinnable =
    reference !== undefined && reference.digest === undefined && digest !== undefined;
  const pinned =
    pinnable && verified && asked ? formatReference(withDigest(reference, digest)) : undefined;
  return { pointer, container, written, digest, pinned };
}

/**
 * Whether admission may patch the object's images (DESIGN §5). Pods always: they are the enforcement
 * point. Other workloads only on demand, never when a controller owns them, since it would write them back
 * without end, and never an immutable template (MUST-NOT-HAPPEN 25).
 */
export function mayPatch(
  request: AdmissionRequest,
  kind: WorkloadKind,
  pin: 'pods' | 'workloads',
): boolean {
  if (kind.kind === 'Pod') return true;
  if (pin === 'pods' || (kind.templateImmutable && request.operation === 'UPDATE')) return false;
  return !hasController(request.object);
}

function hasController(object: JsonObject | undefined): boolean {
  const owners = member(member(object, 'metadata'), 'ownerReferences');
  return (
    Array.isArray(owners) &&
    (owners as readonly JsonValue[]).some((owner) => member(owner, 'controller') === true)
  );
}
