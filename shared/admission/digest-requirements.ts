import type { Verdict } from '../verification/verdict.ts';
import type { PinnedImage } from './decision.ts';
import { isExempted } from './is-exempted.ts';
import type { ImageJudgement } from './judge-images.ts';

/**
 * What `verifyDigest` and `required` add to a judgement that did not fail: the image carries a digest in
 * the end, and an image that an entry requires to be verified was verified by some entry of the same rule
 * (Kyverno 1.19; an entry without attestors proves nothing by itself, MUST-NOT-HAPPEN 5).
 *
 * @param pins those that the images are judged with.
 */
export function digestRequirements(
  judgements: readonly ImageJudgement[],
  pins: readonly PinnedImage[],
): readonly ImageJudgement[] {
  const pinned = new Set(
    pins.flatMap(({ pointer, pinned }) => (pinned === undefined ? [] : [pointer])),
  );
  const passed = judgements.filter(({ verdict }) => verdict.kind === 'pass');
  return judgements
    .filter(({ verdict }) => verdict.kind === 'pass' || verdict.kind === 'skip')
    .flatMap((judgement) =>
      [missingDigest(judgement, pinned), unverified(judgement, passed)]
        .filter((verdict) => verdict !== undefined)
        .map((verdict) => ({ ...judgement, verdict })),
    );
}

function missingDigest(
  { entry, image, verdict }: ImageJudgement,
  pinned: ReadonlySet<string>,
): Verdict | undefined {
  const hasDigest = image.reference?.digest !== undefined;
  if (entry?.verifyDigest !== true || hasDigest || pinned.has(image.pointer)) return undefined;
  return failure('MISSING_DIGEST', `missing digest for ${image.image}`, verdict);
}

function unverified(
  { applicable, entry, image, verdict }: ImageJudgement,
  passed: readonly ImageJudgement[],
): Verdict | undefined {
  const isVerified = passed.some(
    (other) => other.image === image && other.applicable.rule === applicable.rule,
  );
  if (entry?.required !== true || isVerified) return undefined;
  return isExempted({ entry, verdict })
    ? undefined
    : failure('UNVERIFIED_IMAGE', `unverified image ${image.image}`, verdict);
}

function failure(
  reason: 'MISSING_DIGEST' | 'UNVERIFIED_IMAGE',
  message: string,
  { digest }: Verdict,
): Verdict {
  return { kind: 'fail', reason, message, details: [], digest };
}
