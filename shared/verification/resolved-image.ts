import type { Digest } from '../base/digest.ts';
import type { ImageReference } from '../image/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** One image of one request: its digest is settled once, before anything is verified (MUST-NOT-HAPPEN 1). */
export interface ResolvedImage {
  readonly reference: ImageReference;
  readonly digest: Digest;
  readonly registry: Registry;
}
