import { formatReference } from '../image/format-reference.ts';
import type { AttestationOutcome } from './evaluate-attestations.ts';
import type { AttestorFailure, AttestorOutcome } from './evidence.ts';
import { type Found, foundLines } from './found-lines.ts';
import type { ResolvedImage } from './resolved-image.ts';
import { verdictOfError } from './registry-verdict.ts';
import type { FailureReason, UnknownReason, Verdict } from './verdict.ts';

/** Failure reasons that explain an image's refusal best, the most telling first. */
const TELLING_FIRST: readonly string[] = [
  'ANNOTATION_MISMATCH',
  'IDENTITY_MISMATCH',
  'NO_SIGNING_TIME',
  'INVALID_LOG_ENTRY',
  'NOT_IN_LOG',
  'NO_LOG_ENTRY',
  'UNTRUSTED_CERTIFICATE',
  'WRONG_DIGEST',
  'NO_MATCHING_SIGNATURE',
  'FORMAT_NOT_READ',
  'NO_ATTESTATIONS',
  'NO_SIGNATURES',
  'NO_ATTESTORS',
];

type Outcome = AttestorOutcome | AttestationOutcome;

export function satisfiedVerdict(image: ResolvedImage, outcomes: readonly Outcome[]): Verdict {
  const attestations = outcomes.flatMap((outcome) =>
    'requirement' in outcome && outcome.kind === 'satisfied'
      ? [{ requirement: outcome.requirement, sets: outcome.sets }]
      : [],
  );
  const what = attestations.length === outcomes.length ? 'attestations' : 'signatures';
  return {
    kind: 'pass',
    message: `verified image ${what} for ${nameOf(image)}`,
    digest: image.digest,
    signatures: outcomes.flatMap((outcome) => (outcome.kind === 'satisfied' ? outcome.facts : [])),
    ...(attestations.length === 0 ? {} : { attestations: [attestations] }),
  };
}

/** Failures that leave the answer open, and whether trying again soon can help. */
const UNKNOWN: readonly { readonly reason: UnknownReason; readonly transient: boolean }[] = [
  { reason: 'UNSUPPORTED_POLICY', transient: false },
  { reason: 'TRUST_ROOT_UNAVAILABLE', transient: true },
  { reason: 'LOG_UNAVAILABLE', transient: true },
  { reason: 'LOG_REFUSED', transient: false },
  { reason: 'REVOCATION_UNKNOWN', transient: true },
  { reason: 'REVOCATION_NOT_CHECKED', transient: false },
  { reason: 'KEY_UNAVAILABLE', transient: true },
];

/**
 * The verdict where some set is not satisfied: unknown if a place could not be looked at, since the
 * missing signature may be there; else a definite no.
 */
export function unsatisfiedVerdict(
  image: ResolvedImage,
  outcomes: readonly Outcome[],
  found: readonly Found[],
): Verdict {
  const [problem] = found.flatMap(({ problems }) => problems);
  if (problem !== undefined) return verdictOfError(nameOf(image), problem, image.digest);
  const failures = outcomes.flatMap((outcome) =>
    outcome.kind === 'unsatisfied' ? outcome.failures : [],
  );
  const message = `failed to verify image ${nameOf(image)}: ${failures.map(formatFailure).join('; ')}`;
  const details = foundLines(found);
  const { digest } = image;
  const open = UNKNOWN.find(({ reason }) => failures.some((failure) => failure.reason === reason));
  if (open !== undefined)
    return { kind: 'error', ...open, message, details, digest, retryAfterSeconds: undefined };
  const reason =
    TELLING_FIRST.find((code) => failures.some((failure) => failure.reason === code)) ??
    'NO_MATCHING_SIGNATURE';
  return { kind: 'fail', reason: reason as FailureReason, message, details, digest };
}

function nameOf({ reference, digest }: ResolvedImage): string {
  return formatReference({ ...reference, digest });
}

/** Kyverno's form: the path from the attestors on, then what is wrong there. */
function formatFailure({ path, message }: AttestorFailure): string {
  const start = path.indexOf('.attestors');
  return `${start < 0 ? path : path.slice(start)}: ${message}`;
}
