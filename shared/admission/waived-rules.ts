import { skipPatternMatches } from '../image/image-pattern.ts';
import type { Applicability, ApplicableRule } from './applicable-rules.ts';
import type { ExaminedImage } from './examined-object.ts';
import type { Waiver } from './waiver.ts';

/** What is left to be asked, and what is not and why. */
export interface WaivedRules extends Pick<Applicability, 'rules' | 'undecided'> {
  /** Waivers of rules for the object as a whole; those for some images are found by {@link waiverOfImage}. */
  readonly waived: readonly Waiver[];
  readonly forImages: readonly Waiver[];
}

/**
 * Takes the waived rules out. A waiver for images takes out a rule that judges images one by one only for
 * these; any other rule judges the object as a whole, so it is left out only where all images that the
 * request brings in are waived.
 */
export function withoutWaived(
  { rules, undecided }: Pick<Applicability, 'rules' | 'undecided'>,
  waivers: readonly Waiver[],
  images: readonly ExaminedImage[],
): WaivedRules {
  const whole = (applicable: ApplicableRule): Waiver | undefined => {
    const own = waivers.filter((waiver) => isSameRule(waiver.applicable, applicable));
    return (
      own.find((waiver) => waiver.images === undefined) ??
      (images.length > 0 && images.every((image) => findWaiver(own, image) !== undefined)
        ? own[0]
        : undefined)
    );
  };
  const isAsked = (applicable: ApplicableRule): boolean => whole(applicable) === undefined;
  return {
    rules: rules.filter(isAsked),
    undecided: undecided.filter(isAsked),
    waived: [...rules, ...undecided].flatMap((applicable) => whole(applicable) ?? []),
    forImages: waivers.filter(({ images: patterns }) => patterns !== undefined),
  };
}

/** The waiver of a rule for one image. */
export function waiverOfImage(
  waivers: readonly Waiver[],
  applicable: ApplicableRule,
  image: ExaminedImage,
): Waiver | undefined {
  return findWaiver(
    waivers.filter((waiver) => isSameRule(waiver.applicable, applicable)),
    image,
  );
}

/** A name that cannot be parsed is no image that anybody could have meant. */
function findWaiver(waivers: readonly Waiver[], { reference }: ExaminedImage): Waiver | undefined {
  if (reference === undefined) return undefined;
  return waivers.find(({ images }) =>
    images?.some((pattern) => skipPatternMatches(pattern, reference)),
  );
}

function isSameRule(one: ApplicableRule, other: ApplicableRule): boolean {
  return one.policy === other.policy && one.rule === other.rule;
}
