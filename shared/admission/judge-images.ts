import { imagePatternMatches, skipPatternMatches } from '../image/image-pattern.ts';
import type { ImageReference } from '../image/reference.ts';
import type { VerifyImagesEntry, VerifyImagesRule } from '../policy/model.ts';
import type { Registry } from '../registry/registry.ts';
import type { ImageVerifier } from '../verification/image-verifier.ts';
import { verdictOfError } from '../verification/registry-verdict.ts';
import type { ResolvedImage } from '../verification/resolved-image.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import { type ExaminedImage, type ExaminedObject, imagesFor } from './examined-object.ts';
import { hasConditions, judgeConditions } from './judge-conditions.ts';
import type { RuleSession } from './rule-session.ts';
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
  /** Opened once per request, and only if an image has to be looked up. */
  readonly openRegistry: () => Promise<Registry>;
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
  const judgements = rules.flatMap((applicable) =>
    imagesFor(examined, applicable.rule).flatMap((image) => {
      const { reference } = image;
      if (reference === undefined) return [Promise.resolve(unparsable(applicable, image))];
      const entries = (applicable.entries ?? applicable.rule.entries).filter((entry) =>
        entry.imageReferences.some((pattern) => imagePatternMatches(pattern, reference)),
      );
      const waiver = waiverOfImage(options.waivers ?? [], applicable, image);
      if (waiver !== undefined && entries.length > 0)
        return [Promise.resolve(waivedImage(waiver, image, applicable))];
      return entries.map(async (entry) => ({
        applicable,
        entry,
        image,
        verdict: await session.judge(reference, entry, applicable.session),
      }));
    }),
  );
  return Promise.all(judgements);
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

class JudgeSession {
  readonly #options: JudgeImagesOptions;
  readonly #resolved = new Map<string, Promise<ResolvedImage>>();
  readonly #verdicts = new Map<VerifyImagesEntry, Map<string, Promise<Verdict>>>();
  #registry: Promise<Registry> | undefined;

  constructor(options: JudgeImagesOptions) {
    this.#options = options;
  }

  async judge(
    reference: ImageReference,
    entry: VerifyImagesEntry,
    rule: RuleSession | undefined,
  ): Promise<Verdict> {
    const verdicts = this.#verdicts.get(entry) ?? new Map<string, Promise<Verdict>>();
    this.#verdicts.set(entry, verdicts);
    const running = verdicts.get(reference.written) ?? this.#judge(reference, entry, rule);
    verdicts.set(reference.written, running);
    return running;
  }

  async #judge(
    reference: ImageReference,
    entry: VerifyImagesEntry,
    rule: RuleSession | undefined,
  ): Promise<Verdict> {
    try {
      const resolved = await this.#resolve(reference);
      if (entry.skipImageReferences.some((pattern) => skipPatternMatches(pattern, reference))) {
        return {
          kind: 'skip',
          message: `skipImageReferences exempts image ${reference.written}`,
          digest: resolved.digest,
        };
      }
      return await this.#verify(resolved, entry, rule);
    } catch (error) {
      return verdictOfError(reference.written, error, reference.digest);
    }
  }

  /** Statements that do not say what they should may have been followed by others meanwhile. */
  async #verify(
    resolved: ResolvedImage,
    entry: VerifyImagesEntry,
    session: RuleSession | undefined,
  ): Promise<Verdict> {
    const { verifier, signal } = this.#options;
    const { reference } = resolved;
    const judge = async (verdict: Verdict): Promise<Verdict> =>
      verdict.kind !== 'pass' || session === undefined || !hasConditions(entry)
        ? verdict
        : judgeConditions(verdict, { entry, reference, session });
    const verdict = await judge(await verifier.verify(resolved, entry, { signal }));
    return verdict.kind === 'fail' && verdict.reason === 'CONDITIONS_NOT_MET'
      ? judge(await verifier.verify(resolved, entry, { signal, afresh: true }))
      : verdict;
  }

  #resolve(reference: ImageReference): Promise<ResolvedImage> {
    const running = this.#resolved.get(reference.written) ?? this.#startResolve(reference);
    this.#resolved.set(reference.written, running);
    return running;
  }

  async #startResolve(reference: ImageReference): Promise<ResolvedImage> {
    this.#registry ??= this.#options.openRegistry();
    return this.#options.verifier.resolve(await this.#registry, reference, this.#options.signal);
  }
}
