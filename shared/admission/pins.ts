import { type JsonObject, type JsonValue, member } from '../base/json-value.ts';
import type { Digest } from '../base/digest.ts';
import { formatReference, withDigest } from '../image/format-reference.ts';
import type { ImageReference } from '../image/reference.ts';
import { reachesPods } from '../policy/reaches-pods.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { PinnedImage } from './decision.ts';
import type { ExaminedImage, ExaminedObject } from './examined-object.ts';
import type { ImageJudgement } from './judge-images.ts';

/**
 * What each image would be pinned to: the digest that an entry which asks for it said yes to, so that none is
 * written that nobody verified (MUST-NOT-HAPPEN 1, 2). Entries that say no do not change that: those that enforce
 * refuse the object, and those that audit must not by leaving it without a digest.
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
  const asking = judgements.find(
    ({ entry, verdict }) =>
      entry?.mutateDigest === true && (verdict.kind === 'pass' || verdict.kind === 'skip'),
  );
  const isWritable = asking !== undefined && image.isTransformed !== true;
  const pinned = isWritable
    ? (image.sticky ?? newPin(reference, asking.verdict.digest))
    : undefined;
  return { pointer, container, written, digest, pinned };
}

function newPin(
  reference: ImageReference | undefined,
  digest: Digest | undefined,
): string | undefined {
  if (reference === undefined || reference.digest !== undefined || digest === undefined) {
    return undefined;
  }
  return formatReference(withDigest(reference, digest));
}

/**
 * The pins that admission may write. Of Pods all: they are the enforcement point, and so are objects of kinds
 * that make no Pods of ours, and workloads for a rule that is for them and for no Pods. Of other workloads only
 * on demand, and none where a controller owns them, since it would write them back without end. An immutable
 * template only gets back what it had (MUST-NOT-HAPPEN 25).
 */
export function writablePins(
  pins: readonly PinnedImage[],
  options: WritablePinsOptions,
): readonly PinnedImage[] {
  const { request, examined, pin } = options;
  if (examined.kind === undefined || examined.kind.kind === 'Pod') return pins;
  if (hasController(request.object)) return [];
  const final = finalImages(options);
  const wanted = pin === 'workloads' ? pins : pins.filter(({ pointer }) => final.has(pointer));
  if (!examined.kind.templateImmutable || request.operation !== 'UPDATE') return wanted;
  const sticky = new Set(
    examined.images.flatMap((image) => (image.sticky === undefined ? [] : [image.pointer])),
  );
  return wanted.filter(({ pointer }) => sticky.has(pointer));
}

/**
 * The pins that an object is judged with: in a mutating webhook as they will be written. A workload is judged as
 * its Pods will be; what is past mutation and makes no Pods, or none that the rule has a say in, as it stands.
 */
export function countingPins(
  pins: readonly PinnedImage[],
  options: JudgedPinsOptions & { readonly stage: 'mutate' | 'validate' },
): readonly PinnedImage[] {
  const { stage, examined } = options;
  if (stage === 'mutate') return pins;
  if (examined.kind === undefined || examined.kind.kind === 'Pod') return [];
  const final = finalImages(options);
  return pins.filter(({ pointer }) => !final.has(pointer));
}

export interface JudgedPinsOptions {
  readonly request: AdmissionRequest;
  readonly examined: ExaminedObject;
  readonly judgements: readonly ImageJudgement[];
}

export interface WritablePinsOptions extends JudgedPinsOptions {
  readonly pin: 'pods' | 'workloads';
}

/** Pointers of images that a rule wants pinned which no Pod meets: nobody would pin them later. */
function finalImages({ request, judgements }: JudgedPinsOptions): ReadonlySet<string> {
  return new Set(
    judgements.flatMap(({ applicable: { rule }, entry, image }) =>
      entry?.mutateDigest === true && !reachesPods(rule, request.namespace) ? [image.pointer] : [],
    ),
  );
}

function hasController(object: JsonObject | undefined): boolean {
  const owners = member(member(object, 'metadata'), 'ownerReferences');
  return (
    Array.isArray(owners) &&
    (owners as readonly JsonValue[]).some((owner) => member(owner, 'controller') === true)
  );
}
