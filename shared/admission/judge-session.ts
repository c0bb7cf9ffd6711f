import type { Digest } from '../base/digest.ts';
import { formatReference } from '../image/format-reference.ts';
import { skipPatternMatches } from '../image/image-pattern.ts';
import type { ImageReference } from '../image/reference.ts';
import type { Policy, VerifyImagesEntry, VerifyImagesRule } from '../policy/model.ts';
import type { Registry } from '../registry/registry.ts';
import { nothingVerified } from '../verification/nothing-verified.ts';
import { verdictOfError } from '../verification/registry-verdict.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import { conditionsUnknown } from './attestation/conditions-verdict.ts';
import { hasConditions } from './attestation/has-conditions.ts';
import { judgeAttestations } from './attestation/judge-attestations.ts';
import { judgeDenials } from './attestation/judge-denials.ts';
import type { NamedStatements } from './attestation/named-values.ts';
import type { JudgeImagesOptions } from './judge-images.ts';
import { credentialQuestion, type OpenedRegistry } from './registry-doors.ts';
import { RequestDigests } from './request-digests.ts';
import type { RuleSession } from './rule-session.ts';

/** One entry that asks of one image. */
export interface Seat {
  readonly entry: VerifyImagesEntry;
  readonly reference: ImageReference;
}

/** All that a rule asks of the images of an object. */
export interface RuleSeats {
  readonly applicable: ApplicableRule<VerifyImagesRule>;
  readonly seats: readonly Seat[];
}

/** A verdict, and what was stated under names: once about the image, or about each manifest that stands for it. */
interface Stated {
  readonly verdict: Verdict;
  readonly named: readonly (readonly NamedStatements[])[];
}

/** Answers by reference as written. A rule and its twin for pod controllers share entries, yet their conditions see other values. */
type Answers<Answer> = Map<
  RuleSession | undefined,
  Map<VerifyImagesEntry, Map<string, Promise<Answer>>>
>;

/** Judges the images of one request; each pair of reference and entry once. */
export class JudgeSession {
  readonly #options: JudgeImagesOptions;
  readonly #digests: RequestDigests;
  readonly #verdicts: Answers<Verdict> = new Map();
  readonly #stated: Answers<Stated> = new Map();
  readonly #opened = new Map<string, Promise<OpenedRegistry>>();

  constructor(options: JudgeImagesOptions) {
    this.#options = options;
    this.#digests = new RequestDigests(options);
  }

  async judge(seat: Seat, rule: RuleSeats): Promise<Verdict> {
    return once(this.#verdicts, { seat, rule }, async () => {
      const { verdict, named } = await this.#statedOnce(seat, rule);
      const denied = await this.#denied(verdict, named, { seat, rule });
      if (denied?.kind !== 'fail') return denied ?? verdict;
      const again = await this.#state(seat, rule, { afresh: true });
      return (await this.#denied(again.verdict, again.named, { seat, rule })) ?? again.verdict;
    });
  }

  async #statedOnce(seat: Seat, rule: RuleSeats): Promise<Stated> {
    return once(this.#stated, { seat, rule }, async () => {
      const stated = await this.#state(seat, rule, { afresh: false });
      const { verdict } = stated;
      // Statements that do not say what they should may have been followed by others meanwhile.
      return verdict.kind === 'fail' && verdict.reason === 'CONDITIONS_NOT_MET'
        ? this.#state(seat, rule, { afresh: true })
        : stated;
    });
  }

  /** Everything but what is denied. */
  async #state(
    seat: Seat,
    rule: RuleSeats,
    { afresh }: { readonly afresh: boolean },
  ): Promise<Stated> {
    const { entry, reference } = seat;
    if (asksNobody(entry)) {
      const { digest } = reference;
      const verdict = exempted({ reference, digest }, entry) ?? nothingVerified(reference, digest);
      return { verdict, named: [] };
    }
    try {
      const opened = await this.#open(entry, rule.applicable.policy);
      const stated = await this.#stateIn(opened.registry, { seat, rule, afresh });
      return { ...stated, verdict: explained(stated.verdict, opened.lacks(reference.registry)) };
    } catch (error) {
      return { verdict: verdictOfError(reference.written, error, reference.digest), named: [] };
    }
  }

  async #stateIn(
    registry: Registry,
    { seat, rule, afresh }: { readonly seat: Seat; readonly rule: RuleSeats; afresh: boolean },
  ): Promise<Stated> {
    const { entry, reference } = seat;
    const { verifier, signal } = this.#options;
    try {
      const resolved = await this.#digests.resolve(registry, reference);
      const skip = exempted(resolved, entry);
      if (skip !== undefined) return { verdict: skip, named: [] };
      const verdict = await verifier.verify(resolved, entry, { signal, afresh });
      const session = conditionSession(seat, rule);
      return session === undefined || verdict.kind !== 'pass'
        ? { verdict, named: [] }
        : await judgeStated(verdict, seat, session);
    } catch (error) {
      return { verdict: verdictOfError(reference.written, error, reference.digest), named: [] };
    }
  }

  /**
   * What is denied of the attestations of an image. Names are those of this image; one that no entry up to
   * this one gave it stands for what entries above gave it of other images, as in Kyverno 1.19.
   */
  async #denied(
    verdict: Verdict,
    named: readonly (readonly NamedStatements[])[],
    { seat, rule }: { readonly seat: Seat; readonly rule: RuleSeats },
  ): Promise<Verdict | undefined> {
    const session = conditionSession(seat, rule);
    const denials = entriesOf(rule).flatMap(({ deny }) => deny ?? []);
    if (verdict.kind !== 'pass' || session === undefined || denials.length === 0) return undefined;
    const { digest } = verdict;
    try {
      const { own, others } = await this.#before(seat, rule);
      for (const [index, about] of named.entries()) {
        const ofImage = [...own.flatMap((told) => toldOf(told, index, named.length)), ...about];
        const known = new Set(ofImage.map(({ name }) => name));
        const lent = others.flat(2).filter(({ name }) => !known.has(name));
        const refusal = await judgeDenials(denials, [...lent, ...ofImage], { ...seat, session });
        if (refusal !== undefined) return { ...refusal, digest };
      }
      return undefined;
    } catch (error) {
      return { ...unknown(seat, error), digest };
    }
  }

  /** What entries above were told: of the same image, and of others. */
  async #before(
    { entry, reference }: Seat,
    rule: RuleSeats,
  ): Promise<Readonly<Record<'own' | 'others', readonly Stated['named'][]>>> {
    const entries = entriesOf(rule);
    const above = new Set(entries.slice(0, entries.indexOf(entry)).filter(hasNames));
    const seats = distinctSeats(rule.seats).filter((seat) => above.has(seat.entry));
    const told = async (isOwn: boolean): Promise<readonly Stated['named'][]> =>
      Promise.all(
        seats
          .filter((seat) => (seat.reference.written === reference.written) === isOwn)
          .map(async (seat) => (await this.#statedOnce(seat, rule)).named),
      );
    return { own: await told(true), others: await told(false) };
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

/** Trouble that credentials which are missing may be the cause of. */
const OF_CREDENTIALS: ReadonlySet<string> = new Set([
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_DENIED',
  'IMAGE_NOT_FOUND',
]);

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

function entriesOf({ applicable }: RuleSeats): readonly VerifyImagesEntry[] {
  return applicable.entries ?? applicable.rule.entries;
}

/** One image may be in several containers. */
function distinctSeats(seats: readonly Seat[]): readonly Seat[] {
  return [...Map.groupBy(seats, ({ entry }) => entry).values()].flatMap((ofEntry) => [
    ...new Map(ofEntry.map((seat) => [seat.reference.written, seat])).values(),
  ]);
}

/** What was told of one manifest, where as many stand for the image; else all of it. */
function toldOf(
  told: Stated['named'],
  index: number,
  manifests: number,
): readonly NamedStatements[] {
  return told.length === manifests ? (told[index] ?? []) : told.flat();
}

function hasNames({ attestations = [] }: VerifyImagesEntry): boolean {
  return attestations.some(({ name = '' }) => name !== '');
}

/** Undefined where nothing is asked of what attestations say. */
function conditionSession({ entry }: Seat, rule: RuleSeats): RuleSession | undefined {
  return hasConditions(entry, entriesOf(rule)) ? rule.applicable.session : undefined;
}

async function judgeStated(
  verdict: Extract<Verdict, { kind: 'pass' }>,
  seat: Seat,
  session: RuleSession,
): Promise<Stated> {
  const { digest } = verdict;
  try {
    const { refusal, named } = await judgeAttestations(verdict, { ...seat, session });
    return { verdict: refusal === undefined ? verdict : { ...refusal, digest }, named };
  } catch (error) {
    return { verdict: { ...unknown(seat, error), digest }, named: [] };
  }
}

function unknown({ reference }: Seat, error: unknown): Verdict {
  return conditionsUnknown(`failed to check attestations of image ${reference.written}`, error);
}

function once<Answer>(
  answers: Answers<Answer>,
  { seat, rule }: { readonly seat: Seat; readonly rule: RuleSeats },
  find: () => Promise<Answer>,
): Promise<Answer> {
  const { session } = rule.applicable;
  const ofSession =
    answers.get(session) ?? new Map<VerifyImagesEntry, Map<string, Promise<Answer>>>();
  answers.set(session, ofSession);
  const ofEntry = ofSession.get(seat.entry) ?? new Map<string, Promise<Answer>>();
  ofSession.set(seat.entry, ofEntry);
  const running = ofEntry.get(seat.reference.written) ?? find();
  ofEntry.set(seat.reference.written, running);
  return running;
}
