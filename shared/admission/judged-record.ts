import type { AttestorSet } from '../policy/model.ts';
import { policyKey } from '../policy/policy-key.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import type { ImageRecord } from './decision.ts';
import type { ExaminedImage } from './examined-object.ts';
import { isExempted } from './is-exempted.ts';
import type { ImageJudgement } from './judge-images.ts';
import type { ObjectJudgement } from './judge-object.ts';
import type { Waiver } from './waiver.ts';

/** A record with what decides whether it blocks. */
export interface JudgedRecord extends ImageRecord {
  /** Trouble of this record lets the object pass: the policy says `failurePolicy: Ignore`. */
  readonly mayIgnoreTrouble: boolean;
  /** The policy names the image as one that it does not verify: clients are told (Kyverno 1.19). */
  readonly isExempted?: boolean;
}

export function recordOfImage({
  applicable,
  entry,
  image,
  verdict,
  waiver,
}: ImageJudgement): JudgedRecord {
  return {
    ...recordOfObject(applicable, verdict),
    ...(waiver === undefined ? {} : { waivedBy: waiver.by }),
    image: image.image,
    pointer: image.pointer,
    container: image.name,
    isExempted: isExempted({ entry, verdict }),
    isNotary: asksForNotary([
      ...(entry?.attestors ?? []),
      ...(entry?.attestations ?? []).flatMap(({ attestors }) => attestors),
    ]),
    // Kyverno: trouble is forgiven only where nothing else demands a verified digest.
    mayIgnoreTrouble:
      applicable.policy.failurePolicy === 'Ignore' &&
      entry?.required === false &&
      !entry.verifyDigest,
  };
}

function asksForNotary(sets: readonly AttestorSet[]): boolean {
  return sets.some(({ entries }) =>
    entries.some(
      (attestor) =>
        attestor.kind === 'notation' ||
        (attestor.kind === 'nested' && asksForNotary([attestor.set])),
    ),
  );
}

/** Of a rule that judged the object as a whole; about one of its images where a field of one is named. */
export function recordOfJudgement(
  applicable: ApplicableRule,
  { verdict, pointer }: ObjectJudgement,
  images: readonly ExaminedImage[],
): JudgedRecord {
  const record = recordOfObject(applicable, verdict);
  const about = images.find((image) => image.pointer === pointer);
  return about === undefined
    ? record
    : { ...record, pointer, image: about.image, container: about.name };
}

export function recordOfWaiver({ applicable, by, message }: Waiver): JudgedRecord {
  const verdict: Verdict = { kind: 'skip', message, digest: undefined };
  return { ...recordOfObject(applicable, verdict), waivedBy: by };
}

export function recordOfObject(
  { policy, rule, mode, entries, reportProperties }: ApplicableRule,
  verdict: Verdict,
): JudgedRecord {
  const demands = rule.kind === 'verify-images' ? (entries ?? rule.entries) : [];
  return {
    policy: policyKey(policy),
    rule: rule.name,
    mode,
    image: undefined,
    pointer: undefined,
    container: undefined,
    verdict,
    ...(reportProperties === undefined ? {} : { reportProperties }),
    mayIgnoreTrouble:
      policy.failurePolicy === 'Ignore' &&
      demands.every(({ required, verifyDigest }) => !required && !verifyDigest),
  };
}
