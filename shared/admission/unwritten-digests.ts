import type { PinnedImage } from './decision.ts';
import type { ExaminedImage } from './examined-object.ts';
import type { ImageJudgement } from './judge-images.ts';

export interface UnwrittenDigestsOptions {
  readonly images: readonly ExaminedImage[];
  readonly judgements: readonly ImageJudgement[];
  /** Those that the patch may write. */
  readonly written: readonly PinnedImage[];
  readonly allowed: boolean;
}

/**
 * JSON pointers of images that were judged by the digest of the stored object, which is not written back after all: by
 * their tag they may be another image. Where a rule that wants the digest written refuses it, that is the answer.
 */
export function unwrittenDigests({
  images,
  judgements,
  written,
  allowed,
}: UnwrittenDigestsOptions): readonly string[] {
  return images
    .filter((image) => {
      const { sticky, pointer } = image;
      if (sticky === undefined) return false;
      const pins = written.filter((pin) => pin.pointer === pointer);
      const isWritten = pins.some(({ pinned }) => pinned === sticky);
      const isRefused = !allowed && judgements.some((judgement) => wantsPin(judgement, image));
      return !isWritten && !(pins.length > 0 && isRefused);
    })
    .map(({ pointer }) => pointer);
}

function wantsPin({ applicable, entry, image }: ImageJudgement, wanted: ExaminedImage): boolean {
  return image === wanted && entry?.mutateDigest === true && applicable.mode === 'enforce';
}
