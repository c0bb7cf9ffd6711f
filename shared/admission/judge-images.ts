import { imagePatternMatches } from '../image/image-pattern.ts';
import type { VerifyImagesEntry, VerifyImagesRule } from '../policy/model.ts';
import type { ImageVerifier } from '../verification/image-verifier.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { PullIdentity } from '../workload/pull-identity.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import { type ExaminedImage, type ExaminedObject, imagesFor } from './examined-object.ts';
import { JudgeSession, type Seat } from './judge-session.ts';
import type { RegistryDoors } from './registry-doors.ts';
import { waiverOfImage } from './waived-rules.ts';
import type { Waiver } from './waiver.ts';

/** What one entry of one rule said of one image. */
export interface ImageJudgement {
  readonly applicable: ApplicableRule<VerifyImagesRule>;
  /** Undefined where the rule as a whole refuses the image, because its name cannot be parsed. */
  readonly entry: VerifyImagesEntry | undefined;
  readonly image: ExaminedImage;
  readonly verdict: Verdict;
  /** Set where the image is waived. */
  readonly waiver?: Waiver;
}

export interface JudgeImagesOptions {
  /** Those for some images. */
  readonly waivers?: readonly Waiver[];
  readonly verifier: ImageVerifier;
  /** Opened once per request for the same credentials, and only if an image has to be looked up. */
  readonly doors: RegistryDoors;
  /** Whose pull credentials are used. */
  readonly pull: PullIdentity;
  readonly signal: AbortSignal | undefined;
}

/**
 * Judges under all verifying rules, side by side, the images that each sees. Each distinct reference is resolved once and
 * each pair of reference and entry is verified once, however many containers share it.
 */
export async function judgeImages(
  examined: Pick<ExaminedObject, 'standard' | 'extracted'>,
  rules: readonly ApplicableRule<VerifyImagesRule>[],
  options: JudgeImagesOptions,
): Promise<readonly ImageJudgement[]> {
  const session = new JudgeSession(options);
  const judgements = rules.flatMap((applicable) => {
    const found = imagesFor(examined, applicable.rule).map((image) =>
      seatsOf(image, applicable, options.waivers ?? []),
    );
    const seats = found.flatMap((one) => ('verdict' in one ? [] : one));
    return found.flatMap((one) =>
      'verdict' in one
        ? [Promise.resolve(one)]
        : one.map(async ({ image, ...seat }) => ({
            applicable,
            entry: seat.entry,
            image,
            verdict: await session.judge(seat, { applicable, seats }),
          })),
    );
  });
  return Promise.all(judgements);
}

/** An image with an entry that is for it. */
interface ImageSeat extends Seat {
  readonly image: ExaminedImage;
}

/** What asks of an image, or what is known of it without asking. */
function seatsOf(
  image: ExaminedImage,
  applicable: ApplicableRule<VerifyImagesRule>,
  waivers: readonly Waiver[],
): ImageJudgement | readonly ImageSeat[] {
  const { reference } = image;
  if (reference === undefined) return unparsable(applicable, image);
  const entries = (applicable.entries ?? applicable.rule.entries).filter((entry) =>
    entry.imageReferences.some((pattern) => imagePatternMatches(pattern, reference)),
  );
  const waiver = waiverOfImage(waivers, applicable, image);
  if (waiver !== undefined && entries.length > 0) return waivedImage(waiver, image, applicable);
  return entries.map((entry) => ({ image, entry, reference }));
}

function waivedImage(
  waiver: Waiver,
  image: ExaminedImage,
  applicable: ApplicableRule<VerifyImagesRule>,
): ImageJudgement {
  const verdict: Verdict = { kind: 'skip', message: waiver.message, digest: undefined };
  return { applicable, entry: undefined, image, verdict, waiver };
}

/** A name that cannot be parsed matches no pattern, so every rule refuses it (MUST-NOT-HAPPEN 31). */
function unparsable(
  applicable: ApplicableRule<VerifyImagesRule>,
  image: ExaminedImage,
): ImageJudgement {
  const verdict: Verdict = {
    kind: 'fail',
    reason: 'BAD_REFERENCE',
    message: image.fault,
    details: [],
    digest: undefined,
  };
  return { applicable, entry: undefined, image, verdict };
}
