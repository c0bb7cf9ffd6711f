import type { Operation } from 'fast-json-patch';
import type { Clock } from '../base/clock.ts';
import type { Rule, VerifyImagesRule } from '../policy/model.ts';
import { ImageVerifier, type ImageVerifierOptions } from '../verification/image-verifier.ts';
import { checkPatch, imagePatch } from '../workload/image-patch.ts';
import { readPullIdentity } from '../workload/pull-identity.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Admit, AdmitOptions } from './admit.ts';
import { ADMITTED } from './admitted.ts';
import {
  type Applicability,
  type ApplicableRule,
  applicableRules,
  type UndecidedRule,
} from './applicable-rules.ts';
import { onlyFirstApplied } from './apply-rules.ts';
import type { BypassAuthorizer } from './bypass.ts';
import { type ContextSources, NO_CONTEXT_SOURCES } from './context/context-sources.ts';
import { decide } from './decide.ts';
import { decideWithFacts } from './decide-with-facts.ts';
import type { Decision, PinnedImage } from './decision.ts';
import { digestRequirements } from './digest-requirements.ts';
import { type ExaminedObject, examineObject } from './examined-object.ts';
import { exemption } from './exemption.ts';
import { type ImageJudgement, judgeImages } from './judge-images.ts';
import { concerns } from './judge-object.ts';
import {
  type JudgedRecord,
  recordOfImage,
  recordOfObject,
  recordOfWaiver,
} from './judged-record.ts';
import { objectRecords } from './object-records.ts';
import { openSession } from './open-session.ts';
import { countingPins, mayWritePins, pinImages, writablePins } from './pins.ts';
import { isDynamic, prepareRule, type PreparedRule } from './prepare-rules.ts';
import { proofAnnotations } from './proof-annotations.ts';
import type { RegistryDoors } from './registry-doors.ts';
import { extractsFrom } from './rule-images.ts';
import {
  extractionProblem,
  isReadable,
  unreadableParts,
  unreadableVerdict,
} from './unreadable-images.ts';
import { unwrittenDigests } from './unwritten-digests.ts';
import { waiveRules } from './waive-rules.ts';

export interface CreateAdmitOptions extends ImageVerifierOptions, RegistryDoors {
  /** Undefined where nobody can be asked; then no annotation bypasses anything. */
  readonly bypass?: BypassAuthorizer | undefined;
  /** Where rules get the data of their `context` from; nowhere by default. */
  readonly sources?: ContextSources;
}

/**
 * Each turn gives up digests of the stored object that will not be written back. One is enough for all but policies
 * made for that; then all are given up.
 */
const MAX_TURNS = 3;

/** Makes the one engine behind all doors, with its caches; it never throws for what an object or registry holds. */
export function createAdmit(engine: CreateAdmitOptions): Admit {
  const verifier = new ImageVerifier(engine);
  return async (request, options) => {
    if (exemption(request) !== undefined) return ADMITTED;
    const first = applicableRules(request, options.policies);
    if (first.rules.length + first.undecided.length === 0) return ADMITTED;
    const rules = rulesOf(first);
    const mayKeep = mayWritePins(request, rules, options);
    const examined = examineObject(request, rules, () => mayKeep);
    if (bringsNothing(request, examined, rules)) return ADMITTED;
    // Most policies hang on nothing that has to be asked for.
    const decided =
      first.missing.size === 0 ? first : await decideWithFacts(request, { ...options, first });
    if (decided.rules.length + decided.undecided.length === 0) return ADMITTED;
    const asking = { engine, verifier, request, options, decided };
    let { decision, unwritten } = await judge(examined, asking);
    const byTag = new Set<string>();
    for (let turn = 1; unwritten.length > 0; turn += 1) {
      for (const pointer of unwritten) byTag.add(pointer);
      const isLast = turn === MAX_TURNS;
      const again = examineObject(request, rules, (pointer) => !isLast && !byTag.has(pointer));
      ({ decision, unwritten } = await judge(again, asking));
    }
    return decision;
  };
}

interface Asking {
  readonly engine: CreateAdmitOptions;
  readonly verifier: ImageVerifier;
  readonly request: AdmissionRequest;
  readonly options: AdmitOptions;
  readonly decided: Applicability;
}

interface Outcome {
  readonly decision: Decision;
  /** JSON pointers of images to be judged again, by their tags. */
  readonly unwritten: readonly string[];
}

async function judge(
  examined: ExaminedObject | string,
  { engine, verifier, request, options, decided }: Asking,
): Promise<Outcome> {
  const { bypass, clock, sources = NO_CONTEXT_SOURCES } = engine;
  const { signal } = options;
  const asked = await waiveRules(request, decided, {
    exceptions: options.exceptions,
    examined: typeof examined === 'string' || !isReadable(examined) ? undefined : examined,
    sources,
    authorizer: bypass,
    clock,
    signal,
  });
  const unreadable = unreadableParts(examined);
  if (typeof examined === 'string' || unreadable.length > 0)
    return { decision: refuseUnreadable(request, asked, unreadable), unwritten: [] };
  const judging = { request, examined, options, asked, sources, clock, signal };
  const prepared = await prepareVerifying(judging);
  const judgements = await judgeImages(examined, prepared.flatMap(judgeable), {
    verifier,
    doors: engine,
    pull: readPullIdentity(examined.object, examined.kind, request.namespace),
    waivers: asked.forImages,
    signal,
  });
  return conclude(judging, { prepared, judgements: onlyFirstApplied(judgements) });
}

function rulesOf({
  rules,
  undecided,
}: Pick<Applicability, 'rules' | 'undecided'>): readonly Rule[] {
  return [...rules, ...undecided].map(({ rule }) => rule);
}

/** Whether no rule finds anything to judge. What a kind without a pod template holds, only extractors tell. */
function bringsNothing(
  { kind }: AdmissionRequest,
  examined: ExaminedObject | string,
  rules: readonly Rule[],
): boolean {
  if (typeof examined === 'string' || !isReadable(examined) || examined.images.length > 0)
    return false;
  return (
    examined.kind !== undefined ||
    rules.every((rule) => rule.kind !== 'validate' && extractsFrom(rule, kind))
  );
}

type Asked = Awaited<ReturnType<typeof waiveRules>>;

interface Judging {
  readonly request: AdmissionRequest;
  readonly examined: ExaminedObject;
  readonly options: AdmitOptions;
  readonly asked: Asked;
  readonly sources: ContextSources;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

type Prepared = PreparedRule<VerifyImagesRule>;

/** The rules that verify images of the object; most need no preparation. */
async function prepareVerifying(judging: Judging): Promise<readonly Prepared[]> {
  const { asked, examined } = judging;
  const verifying = asked.rules.filter(isVerifying).filter(isReadableFor(examined));
  if (!verifying.some(({ rule }) => isDynamic(rule)))
    return verifying.map((applicable) => ({ applicable }));
  return Promise.all(
    verifying.map(async (applicable) =>
      isDynamic(applicable.rule) && concerns(applicable.rule, examined)
        ? prepareRule(applicable, await openSession(applicable, judging))
        : { applicable },
    ),
  );
}

function isReadableFor(examined: ExaminedObject): (applicable: ApplicableRule) => boolean {
  return ({ rule }) => extractionProblem(examined, rule) === undefined;
}

function isVerifying(applicable: ApplicableRule): applicable is ApplicableRule<VerifyImagesRule> {
  return applicable.rule.kind === 'verify-images';
}

function judgeable({ applicable, verdict }: Prepared): readonly ApplicableRule<VerifyImagesRule>[] {
  return verdict === undefined ? [applicable] : [];
}

interface Judged {
  readonly prepared: readonly Prepared[];
  readonly judgements: readonly ImageJudgement[];
}

async function conclude(judging: Judging, { prepared, judgements }: Judged): Promise<Outcome> {
  const { request, examined, options, asked } = judging;
  const { object } = examined;
  const pins = pinImages(examined.images, judgements);
  const judged = { request, examined, judgements };
  const counting = countingPins(pins, { ...judged, stage: options.stage });
  const written =
    options.stage === 'mutate' ? writablePins(pins, { ...judged, pin: options.pin }) : [];
  const patch = patchOf(written);
  checkPatch(object, patch);
  const decision = decide(request, {
    records: [
      ...judgements.map(recordOfImage),
      ...digestRequirements(judgements, counting).map(recordOfImage),
      ...prepared.flatMap(({ applicable, verdict }) =>
        verdict === undefined ? [] : [recordOfObject(applicable, verdict)],
      ),
      ...prepared.flatMap(({ applicable }) => blindRecord(applicable, judging)),
      ...unreadableRecords(asked.rules, examined),
      ...(await objectRecords(
        asked.rules.filter(isReadableFor(examined)),
        patchOf(counting),
        judging,
      )),
      ...undecidedRecords(asked.undecided, examined),
      ...asked.waived.map(recordOfWaiver),
    ],
    notes: asked.warnings,
    images: pins.map((pin) => (written.includes(pin) ? pin : { ...pin, pinned: undefined })),
    patch,
    annotations:
      options.stage === 'mutate' && isAnnotated(request, examined)
        ? proofAnnotations(object, judgements.filter(isOfKyverno), pins)
        : [],
  });
  const { images } = examined;
  const { allowed } = decision;
  return { decision, unwritten: unwrittenDigests({ images, judgements, written, allowed }) };
}

/** A rule that does not say where objects of this kind name images sees none, as in Kyverno. */
function blindRecord(
  applicable: ApplicableRule,
  { request: { kind }, examined }: Judging,
): readonly JudgedRecord[] {
  const { rule } = applicable;
  if (examined.kind !== undefined || extractsFrom(rule, kind)) return [];
  const message = `rule ${rule.name} found no images: its imageExtractors name none for kind ${kind}`;
  return [recordOfObject(applicable, { kind: 'skip', message, digest: undefined })];
}

/** What pins are written to gets annotations too; the API server drops those of a subresource. */
function isAnnotated({ subresource }: AdmissionRequest, { kind }: ExaminedObject): boolean {
  return (kind === undefined || kind.kind === 'Pod') && subresource === '';
}

function isOfKyverno({ applicable: { policy } }: ImageJudgement): boolean {
  return policy.apiVersion.startsWith('kyverno.io/');
}

function patchOf(pins: readonly PinnedImage[]): readonly Operation[] {
  return imagePatch(
    pins.flatMap(({ pointer, pinned }) =>
      pinned === undefined ? [] : [{ pointer, value: pinned }],
    ),
  );
}

function unreadableRecords(
  rules: readonly ApplicableRule[],
  examined: ExaminedObject,
): readonly JudgedRecord[] {
  return rules.flatMap((applicable) => {
    const problem = extractionProblem(examined, applicable.rule);
    return problem === undefined ? [] : [recordOfObject(applicable, problem)];
  });
}

function undecidedRecords(
  undecided: readonly UndecidedRule[],
  examined: ExaminedObject,
): readonly JudgedRecord[] {
  return undecided
    .filter(({ rule }) => concerns(rule, examined) || extractionProblem(examined, rule))
    .map((applicable) => recordOfObject(applicable, applicable.problem));
}

function refuseUnreadable(
  request: AdmissionRequest,
  { rules, undecided, waived, warnings }: Asked,
  details: readonly string[],
): Decision {
  const verdict = unreadableVerdict(details);
  return decide(request, {
    records: [
      ...[...rules, ...undecided].map((rule) => recordOfObject(rule, verdict)),
      ...waived.map(recordOfWaiver),
    ],
    notes: warnings,
    images: [],
    patch: [],
    annotations: [],
  });
}
