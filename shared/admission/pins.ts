import type { Digest } from '../base/digest.ts';
import { withDigest } from '../image/format-reference.ts';
import type { ImageReference } from '../image/reference.ts';
import type { Rule } from '../policy/model.ts';
import { reachesPods } from '../policy/reaches-pods.ts';
import { isControlled } from '../workload/is-controlled.ts';
import { findWorkloadKind } from '../workload/kinds.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { AdmitOptions } from './admit.ts';
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
  return withDigest(reference, digest).written;
}

/**
 * The pins that admission may write, of images that a rule wants pinned. An immutable template only gets back what it
 * had (MUST-NOT-HAPPEN 25).
 */
export function writablePins(
  pins: readonly PinnedImage[],
  options: WritablePinsOptions,
): readonly PinnedImage[] {
  const { request, examined } = options;
  const asked = askedImages(options, (rule) => mayPin(rule, request, options.pin));
  const wanted = pins.filter(({ pointer }) => asked.has(pointer));
  if (examined.kind?.templateImmutable !== true || request.operation !== 'UPDATE') return wanted;
  const sticky = new Set(
    examined.images.flatMap((image) => (image.sticky === undefined ? [] : [image.pointer])),
  );
  return wanted.filter(({ pointer }) => sticky.has(pointer));
}

/** Whether a pin may be written at all, so that a digest of the stored object may be kept. */
export function mayWritePins(
  request: AdmissionRequest,
  rules: readonly Rule[],
  { stage, pin }: Pick<AdmitOptions, 'stage' | 'pin'>,
): boolean {
  return stage === 'mutate' && rules.some((rule) => asks(rule) && mayPin(rule, request, pin));
}

function asks(rule: Rule): boolean {
  return rule.kind === 'verify-images' && rule.entries.some(({ mutateDigest }) => mutateDigest);
}

/**
 * Whether admission writes digests into an object for a rule. Into Pods always: they are the enforcement point, and so
 * are objects of kinds that make no Pods of ours, and workloads for a rule that is for them and for no Pods. Into other
 * workloads only on demand, and never where a controller owns them, since it would write them back without end.
 */
function mayPin(rule: Rule, request: AdmissionRequest, pin: AdmitOptions['pin']): boolean {
  const kind = findWorkloadKind(request.group, request.kind);
  if (kind === undefined || kind.kind === 'Pod') return true;
  if (isControlled(request.object)) return false;
  return pin === 'workloads' || !reachesPods(rule, request.namespace);
}

/**
 * The pins that an object is judged with: in a mutating webhook as they will be written. A workload is judged as
 * its Pods will be; what is past mutation and makes no Pods, or none that the rule has a say in, as it stands.
 */
export function countingPins(
  pins: readonly PinnedImage[],
  options: JudgedPinsOptions & Pick<AdmitOptions, 'stage'>,
): readonly PinnedImage[] {
  const { stage, examined } = options;
  if (stage === 'mutate') return pins;
  if (examined.kind === undefined || examined.kind.kind === 'Pod') return [];
  // No Pod meets such a rule: nobody would pin them later.
  const final = askedImages(options, (rule) => !reachesPods(rule, options.request.namespace));
  return pins.filter(({ pointer }) => !final.has(pointer));
}

export interface JudgedPinsOptions {
  readonly request: AdmissionRequest;
  readonly examined: ExaminedObject;
  readonly judgements: readonly ImageJudgement[];
}

export interface WritablePinsOptions extends JudgedPinsOptions {
  readonly pin: AdmitOptions['pin'];
}

/** Pointers of images that one of these rules wants pinned. */
function askedImages(
  { judgements }: JudgedPinsOptions,
  isMeant: (rule: Rule) => boolean,
): ReadonlySet<string> {
  return new Set(
    judgements.flatMap(({ applicable: { rule }, entry, image }) =>
      entry?.mutateDigest === true && isMeant(rule) ? [image.pointer] : [],
    ),
  );
}
