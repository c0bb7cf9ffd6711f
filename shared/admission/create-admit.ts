import type { Operation } from 'fast-json-patch';
import type { JsonObject } from '../base/json-value.ts';
import type { Rule } from '../policy/model.ts';
import type { Registry } from '../registry/registry.ts';
import { ImageVerifier, type ImageVerifierOptions } from '../verification/image-verifier.ts';
import type { Verdict } from '../verification/verdict.ts';
import { applyPatch, checkPatch, imagePatch } from '../workload/image-patch.ts';
import { type PullIdentity, readPullIdentity } from '../workload/pull-identity.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Admit, AdmitOptions } from './admit.ts';
import { ADMITTED } from './admitted.ts';
import { type ApplicableRule, applicableRules, type UndecidedRule } from './applicable-rules.ts';
import { decide, type JudgedRecord } from './decide.ts';
import { decideWithFacts } from './decide-with-facts.ts';
import type { Decision, PinnedImage } from './decision.ts';
import { digestRequirements } from './digest-requirements.ts';
import { type ExaminedImage, type ExaminedObject, examineObject } from './examined-object.ts';
import { exemption } from './exemption.ts';
import { type ImageJudgement, judgeImages } from './judge-images.ts';
import { concerns, judgePattern, judgeUnsupported, type ObjectJudgement } from './judge-object.ts';
import { proofAnnotations } from './proof-annotations.ts';
import { pinImages, writablePins } from './pins.ts';
import { onlyFirstApplied } from './apply-rules.ts';

export interface CreateAdmitOptions extends ImageVerifierOptions {
  /** The registries as a workload's own pull credentials show them; called at most once a request. */
  readonly openRegistry: (pull: PullIdentity, signal: AbortSignal | undefined) => Promise<Registry>;
}

/** Makes the one engine behind all doors, with its caches; it never throws for what an object or registry holds. */
export function createAdmit({ openRegistry, ...options }: CreateAdmitOptions): Admit {
  const verifier = new ImageVerifier(options);
  return async (request, options) => {
    if (exemption(request) !== undefined) return ADMITTED;
    const first = applicableRules(request, options.policies);
    if (first.rules.length + first.undecided.length === 0) return ADMITTED;
    const examined = examineObject(request);
    const unreadable = unreadableParts(examined);
    if (unreadable.length === 0 && bringsNoImage(examined)) return ADMITTED;
    // Most policies hang on nothing that has to be asked for.
    const decided =
      first.missing.size === 0 ? first : await decideWithFacts(request, { ...options, first });
    const { rules, undecided } = decided;
    if (rules.length + undecided.length === 0) return ADMITTED;
    if (typeof examined === 'string' || unreadable.length > 0)
      return refuseUnreadable(request, [...rules, ...undecided], unreadable);
    const judgements = await judgeImages(examined.images, rules.filter(isKind('verify-images')), {
      verifier,
      openRegistry: () =>
        openRegistry(
          readPullIdentity(examined.object, examined.kind, request.namespace),
          options.signal,
        ),
      signal: options.signal,
    });
    return conclude(request, {
      rules,
      undecided,
      examined,
      judgements: onlyFirstApplied(judgements),
      options,
    });
  };
}

function unreadableParts(examined: ExaminedObject | string): readonly string[] {
  return typeof examined === 'string'
    ? [examined]
    : examined.unreadable.map(({ message }) => message);
}

function bringsNoImage(examined: ExaminedObject | string): boolean {
  return typeof examined !== 'string' && examined.images.length === 0;
}

interface Judged {
  readonly rules: readonly ApplicableRule[];
  readonly undecided: readonly UndecidedRule[];
  readonly examined: ExaminedObject;
  readonly judgements: readonly ImageJudgement[];
  readonly options: AdmitOptions;
}

function conclude(
  request: AdmissionRequest,
  { rules, undecided, examined, judgements, options }: Judged,
): Decision {
  const { kind, object } = examined;
  const pins = pinImages(examined.images, judgements);
  // A workload is judged as its Pods will be; a Pod that is past mutation is judged as it stands.
  const pinsCount = options.stage === 'mutate' || kind.kind !== 'Pod';
  const written =
    options.stage === 'mutate' ? writablePins(pins, { request, examined, pin: options.pin }) : [];
  const patch = patchOf(written);
  checkPatch(object, patch);
  return decide(request, {
    records: [
      ...judgements.map(recordOfImage),
      ...digestRequirements(judgements, pins, { pinsCount }).map(recordOfImage),
      ...objectRecords(rules, examined, pinsCount ? patchOf(pins) : []),
      ...undecidedRecords(undecided, examined.images),
    ],
    images: pins.map((pin) => (written.includes(pin) ? pin : { ...pin, pinned: undefined })),
    patch,
    annotations:
      options.stage === 'mutate' && isAnnotated(request, examined)
        ? proofAnnotations(object, judgements.filter(isOfKyverno), pins)
        : [],
  });
}

/** What pins are written to gets annotations too; the API server drops those of a subresource. */
function isAnnotated({ subresource }: AdmissionRequest, { kind }: ExaminedObject): boolean {
  return kind.kind === 'Pod' && subresource === '';
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

function objectRecords(
  rules: readonly ApplicableRule[],
  { object, kind, images }: ExaminedObject,
  patch: readonly Operation[],
): readonly JudgedRecord[] {
  let patched: JsonObject | undefined;
  return rules.flatMap((applicable) => {
    const { rule } = applicable;
    switch (rule.kind) {
      case 'image-pattern':
        patched ??= applyPatch(object, patch);
        return [recordOfPattern(applicable, judgePattern(rule, patched, kind), images)];
      case 'unsupported':
        return concerns(rule, images) ? [recordOfObject(applicable, judgeUnsupported(rule))] : [];
      case 'verify-images':
        return [];
    }
  });
}

function undecidedRecords(
  undecided: readonly UndecidedRule[],
  images: readonly ExaminedImage[],
): readonly JudgedRecord[] {
  return undecided
    .filter(({ rule }) => concerns(rule, images))
    .map((applicable) => recordOfObject(applicable, applicable.problem));
}

function refuseUnreadable(
  request: AdmissionRequest,
  rules: readonly ApplicableRule[],
  details: readonly string[],
): Decision {
  const verdict: Verdict = {
    kind: 'error',
    reason: 'UNREADABLE_OBJECT',
    message: 'the images of the object cannot be read',
    details,
    digest: undefined,
    transient: false,
    retryAfterSeconds: undefined,
  };
  return decide(request, {
    records: rules.map((rule) => recordOfObject(rule, verdict)),
    images: [],
    patch: [],
    annotations: [],
  });
}

function recordOfImage({ applicable, entry, image, verdict }: ImageJudgement): JudgedRecord {
  return {
    ...recordOfObject(applicable, verdict),
    image: image.image,
    pointer: image.pointer,
    container: image.name,
    // Kyverno: trouble is forgiven only where nothing else demands a verified digest.
    mayIgnoreTrouble:
      applicable.policy.failurePolicy === 'Ignore' &&
      entry?.required === false &&
      !entry.verifyDigest,
  };
}

function recordOfPattern(
  applicable: ApplicableRule,
  { verdict, pointer }: ObjectJudgement,
  images: readonly ExaminedImage[],
): JudgedRecord {
  const about = images.find((image) => image.pointer === pointer);
  const record = recordOfObject(applicable, verdict);
  return about === undefined
    ? record
    : { ...record, pointer, image: about.image, container: about.name };
}

function recordOfObject({ policy, rule, mode }: ApplicableRule, verdict: Verdict): JudgedRecord {
  return {
    policy: policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`,
    rule: rule.name,
    mode,
    image: undefined,
    pointer: undefined,
    container: undefined,
    verdict,
    mayIgnoreTrouble: false,
  };
}

function isKind<Kind extends Rule['kind']>(kind: Kind) {
  return (
    applicable: ApplicableRule,
  ): applicable is ApplicableRule<Extract<Rule, { kind: Kind }>> => applicable.rule.kind === kind;
}
