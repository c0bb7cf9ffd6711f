import type { JsonObject } from '../base/json-value.ts';
import { type ImageReference, ImageReferenceError, parseReference } from '../image/reference.ts';
import type { Rule } from '../policy/model.ts';
import { changedImages, stickyImage } from '../workload/changed-images.ts';
import {
  readImages,
  type UnreadableField,
  type WorkloadImage,
  type WorkloadImages,
} from '../workload/images.ts';
import { findWorkloadKind, type WorkloadKind } from '../workload/kinds.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { extractedImages, extractsFrom } from './rule-images.ts';

/** An image that this request brings in, parsed or with the reason why it cannot be. */
export interface ExaminedImage extends WorkloadImage {
  readonly reference: ImageReference | undefined;
  /** Why `reference` is undefined. */
  readonly fault: string;
  /**
   * The pinned form that the stored object has and an update wrote back to its tag, where the patch may restore
   * it: then it is what is judged (sticky digests).
   */
  readonly sticky: string | undefined;
}

/** What a request brings in. */
export interface ExaminedObject {
  /** Undefined for a kind without a pod template: only rules with extractors see its images. */
  readonly kind: WorkloadKind | undefined;
  readonly object: JsonObject;
  /** Those that some rule sees. */
  readonly images: readonly ExaminedImage[];
  /** Of the pod template, for every rule. */
  readonly unreadable: readonly UnreadableField[];
  /** Images that every rule sees. */
  readonly standard: readonly ExaminedImage[];
  /** What rules with extractors for the kind see beside that. */
  readonly extracted: ReadonlyMap<Rule, ExtractedImages>;
}

export interface ExtractedImages {
  readonly images: readonly ExaminedImage[];
  readonly unreadable: readonly UnreadableField[];
}

/**
 * Reads the images that a request brings in: all of them on CREATE, on UPDATE those that the stored object
 * did not have at the same place.
 * @param rules whose extractors are used.
 * @param keeps whether the digest that the stored object has at a JSON pointer stands for its tag.
 * @returns the reason as a string where the object cannot be read at all.
 */
export function examineObject(
  request: AdmissionRequest,
  rules: readonly Rule[],
  keeps: (pointer: string) => boolean,
): ExaminedObject | string {
  const { object, oldObject, operation } = request;
  if (object === undefined) return `Cannot read images: the request carries no object`;
  const kind = findWorkloadKind(request.group, request.kind);
  const stored = operation === 'UPDATE' ? oldObject : undefined;
  const same = new Map<string, ExaminedImage>();
  const bring = (read: (from: JsonObject) => WorkloadImages): ExtractedImages => {
    const { images, unreadable } = read(object);
    const before = stored === undefined ? [] : read(stored).images;
    // A template may leave it to somebody else to fill in an image; a Pod may not.
    const changed = changedImages(images, before).filter(
      ({ image }) => image.trim() !== '' || kind?.kind === 'Pod',
    );
    const brought = changed.map((image) => {
      // One place is one image, whichever rules name it.
      const place = JSON.stringify([image.pointer, image.image, image.isTransformed ?? false]);
      const sticky = keeps(image.pointer) ? stickyOf(image, before, kind) : undefined;
      const known = same.get(place) ?? examineImage(image, sticky);
      same.set(place, known);
      return known;
    });
    return { images: [...new Set(brought)], unreadable };
  };
  const standard = kind === undefined ? NOTHING : bring((from) => readImages(from, kind));
  const extracted = new Map(
    rules
      .filter((rule) => extractsFrom(rule, request.kind))
      .map((rule) => [rule, bring((from) => extractedImages(from, request, rule))] as const),
  );
  return {
    kind,
    object,
    images: [...same.values()],
    unreadable: standard.unreadable,
    standard: standard.images,
    extracted,
  };
}

const NOTHING: ExtractedImages = { images: [], unreadable: [] };

/** The images that a rule has to judge. */
export function imagesFor(
  { standard, extracted }: Pick<ExaminedObject, 'standard' | 'extracted'>,
  rule: Rule,
): readonly ExaminedImage[] {
  const own = extracted.get(rule);
  return own === undefined ? standard : [...new Set([...standard, ...own.images])];
}

/** A running Pod keeps what it was given; only templates are applied again and again. */
function stickyOf(
  image: WorkloadImage,
  before: readonly WorkloadImage[],
  kind: WorkloadKind | undefined,
): string | undefined {
  return kind?.kind === 'Pod' || image.isTransformed === true
    ? undefined
    : stickyImage(image, before);
}

function examineImage(image: WorkloadImage, sticky: string | undefined): ExaminedImage {
  try {
    return { ...image, reference: parseReference(sticky ?? image.image), fault: '', sticky };
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    // What was stored before anybody looked is nothing to go back to.
    if (sticky !== undefined) return examineImage(image, undefined);
    return { ...image, reference: undefined, fault: error.message, sticky };
  }
}
