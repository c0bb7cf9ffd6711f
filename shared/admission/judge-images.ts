import type { Digest } from '../base/digest.ts';
import { formatReference } from '../image/format-reference.ts';
import { imagePatternMatches, skipPatternMatches } from '../image/image-pattern.ts';
import type { ImageReference } from '../image/reference.ts';
import type { Policy, VerifyImagesEntry, VerifyImagesRule } from '../policy/model.ts';
import type { Registry } from '../registry/registry.ts';
import type { ImageVerifier } from '../verification/image-verifier.ts';
import { nothingVerified } from '../verification/nothing-verified.ts';
import { verdictOfError } from '../verification/registry-verdict.ts';
import type { ResolvedImage } from '../verification/resolved-image.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { PullIdentity } from '../workload/pull-identity.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import { type ExaminedImage, type ExaminedObject, imagesFor } from './examined-object.ts';
import { hasConditions, judgeConditions } from './judge-conditions.ts';
import { credentialQuestion, type OpenedRegistry, type RegistryDoors } from './registry-doors.ts';
import { RequestDigests } from './request-digests.ts';
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
        verdict: await session.judge(reference, entry, applicable),
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

/** Trouble that credentials which are missing may be the cause of. */
const OF_CREDENTIALS: ReadonlySet<string> = new Set([
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_DENIED',
  'IMAGE_NOT_FOUND',
]);

/** By reference as written. A rule and its twin for pod controllers share entries, yet their conditions see other values. */
type EntryVerdicts = Map<VerifyImagesEntry, Map<string, Promise<Verdict>>>;

class JudgeSession {
  readonly #options: JudgeImagesOptions;
  readonly #digests: RequestDigests;
  readonly #verdicts = new Map<RuleSession | undefined, EntryVerdicts>();
  readonly #opened = new Map<string, Promise<OpenedRegistry>>();

  constructor(options: JudgeImagesOptions) {
    this.#options = options;
    this.#digests = new RequestDigests(options);
  }

  async judge(
    reference: ImageReference,
    entry: VerifyImagesEntry,
    applicable: ApplicableRule,
  ): Promise<Verdict> {
    const { session } = applicable;
    const ofSession: EntryVerdicts = this.#verdicts.get(session) ?? new Map();
    this.#verdicts.set(session, ofSession);
    const verdicts = ofSession.get(entry) ?? new Map<string, Promise<Verdict>>();
    ofSession.set(entry, verdicts);
    const running = verdicts.get(reference.written) ?? this.#judge(reference, entry, applicable);
    verdicts.set(reference.written, running);
    return running;
  }

  async #judge(
    reference: ImageReference,
    entry: VerifyImagesEntry,
    { policy, session }: ApplicableRule,
  ): Promise<Verdict> {
    if (asksNobody(entry))
      return (
        exempted({ reference, digest: reference.digest }, entry) ??
        nothingVerified(reference, reference.digest)
      );
    try {
      const opened = await this.#open(entry, policy);
      const verdict = await this.#judgeIn(opened.registry, reference, { entry, session });
      return explained(verdict, opened.lacks(reference.registry));
    } catch (error) {
      return verdictOfError(reference.written, error, reference.digest);
    }
  }

  async #judgeIn(
    registry: Registry,
    reference: ImageReference,
    { entry, session }: { readonly entry: VerifyImagesEntry; session: RuleSession | undefined },
  ): Promise<Verdict> {
    try {
      const resolved = await this.#digests.resolve(registry, reference);
      return exempted(resolved, entry) ?? (await this.#verify(resolved, entry, session));
    } catch (error) {
      return verdictOfError(reference.written, error, reference.digest);
    }
  }

  #verify(
    resolved: ResolvedImage,
    entry: VerifyImagesEntry,
    session: RuleSession | undefined,
  ): Promise<Verdict> {
    const { verifier, signal } = this.#options;
    return session === undefined || !hasConditions(entry)
      ? verifier.verify(resolved, entry, { signal })
      : this.#verifyConditions(resolved, entry, session);
  }

  /** Statements that do not say what they should may have been followed by others meanwhile. */
  async #verifyConditions(
    resolved: ResolvedImage,
    entry: VerifyImagesEntry,
    session: RuleSession,
  ): Promise<Verdict> {
    const { verifier, signal } = this.#options;
    const { reference } = resolved;
    const judge = async (verdict: Verdict): Promise<Verdict> =>
      verdict.kind === 'pass' ? judgeConditions(verdict, { entry, reference, session }) : verdict;
    const verdict = await judge(await verifier.verify(resolved, entry, { signal }));
    return verdict.kind === 'fail' && verdict.reason === 'CONDITIONS_NOT_MET'
      ? judge(await verifier.verify(resolved, entry, { signal, afresh: true }))
      : verdict;
  }

  #open({ credentials }: VerifyImagesEntry, { namespace }: Policy): Promise<OpenedRegistry> {
    const { doors, pull, signal } = this.#options;
    const { openRegistry, openWithCredentials } = doors;
    const isOwn = credentials === undefined || openWithCredentials === undefined;
    const key = isOwn ? '' : JSON.stringify([namespace ?? null, credentials]);
    const running =
      this.#opened.get(key) ??
      (isOwn
        ? openRegistry(pull, signal).then((registry) => ({ registry, lacks: () => [] }))
        : openWithCredentials(credentialQuestion(credentials, namespace, pull), signal));
    this.#opened.set(key, running);
    return running;
  }
}

/**
 * Whether an entry neither verifies an image nor pins it: what it demands beside that, a digest or that another
 * entry verified the image, is known without its registry (Kyverno 1.19).
 */
function asksNobody({ attestors, attestations = [], mutateDigest }: VerifyImagesEntry): boolean {
  return attestors.length + attestations.length === 0 && !mutateDigest;
}

interface KnownImage {
  readonly reference: ImageReference;
  readonly digest: Digest | undefined;
}

function exempted(
  { reference, digest }: KnownImage,
  entry: VerifyImagesEntry,
): Verdict | undefined {
  if (!entry.skipImageReferences.some((pattern) => skipPatternMatches(pattern, reference)))
    return undefined;
  const message = `skipImageReferences exempts image ${formatReference({ ...reference, digest })}`;
  return { kind: 'skip', message, digest };
}

function explained(verdict: Verdict, lacks: readonly string[]): Verdict {
  if (verdict.kind !== 'error' && verdict.kind !== 'fail') return verdict;
  return lacks.length > 0 && OF_CREDENTIALS.has(verdict.reason)
    ? { ...verdict, details: [...verdict.details, ...lacks] }
    : verdict;
}
