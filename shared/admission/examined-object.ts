import type { JsonObject } from '../base/json-value.ts';
import { type ImageReference, ImageReferenceError, parseReference } from '../image/reference.ts';
import { changedImages, stickyImage } from '../workload/changed-images.ts';
import { readImages, type UnreadableField, type WorkloadImage } from '../workload/images.ts';
import { findWorkloadKind, type WorkloadKind } from '../workload/kinds.ts';
import type { AdmissionRequest } from './admission-request.ts';

/** An image that this request brings in, parsed or with the reason why it cannot be. */
export interface ExaminedImage extends WorkloadImage {
  readonly reference: ImageReference | undefined;
  /** Why `reference` is undefined. */
  readonly fault: string;
  /**
   * The pinned form that the stored object has and an update wrote back to its tag: it is what is judged,
   * and what the patch restores (sticky digests).
   */
  readonly sticky: string | undefined;
}

/** What a request brings in. */
export interface ExaminedObject {
  readonly kind: WorkloadKind;
  readonly object: JsonObject;
  readonly images: readonly ExaminedImage[];
  readonly unreadable: readonly UnreadableField[];
}

/**
 * Reads the images that a request brings in: all of them on CREATE, on UPDATE those that the stored object
 * did not have at the same place.
 * @returns the reason as a string where the object cannot be read at all.
 */
export function examineObject(request: AdmissionRequest): ExaminedObject | string {
  const { object, oldObject, operation } = request;
  const kind = findWorkloadKind(request.group, request.kind);
  if (kind === undefined)
    return `Cannot read images of kind "${request.kind}" in group "${request.group}": it is no workload kind`;
  if (object === undefined) return `Cannot read images: the request carries no object`;
  const { images, unreadable } = readImages(object, kind);
  const before =
    operation === 'UPDATE' && oldObject !== undefined ? readImages(oldObject, kind).images : [];
  const brought = changedImages(images, before).filter(
    ({ image }) => image.trim() !== '' || kind.kind === 'Pod',
  );
  const examined = brought.map((image) => examineImage(image, stickyOf(image, before, kind)));
  return { kind, object, images: examined, unreadable };
}

/** A running Pod keeps what it was given; only templates are applied again and again. */
function stickyOf(
  image: WorkloadImage,
  before: readonly WorkloadImage[],
  kind: WorkloadKind,
): string | undefined {
  return kind.kind === 'Pod' ? undefined : stickyImage(image, before);
}

function examineImage(image: WorkloadImage, sticky: string | undefined): ExaminedImage {
  try {
    return { ...image, reference: parseReference(sticky ?? image.image), fault: '', sticky };
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    return { ...image, reference: undefined, fault: error.message, sticky: undefined };
  }
}
