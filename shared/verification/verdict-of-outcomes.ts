import { formatReference } from '../image/format-reference.ts';
import type { DiscoveredSignatures } from '../signature/signed-entity.ts';
import type { AttestorFailure, AttestorOutcome } from './evaluate-attestors.ts';
import type { ResolvedImage } from './resolved-image.ts';
import { verdictOfError } from './registry-verdict.ts';
import type { FailureReason, Verdict } from './verdict.ts';

/** More lines than this help nobody; the count of the rest is told. */
const MAX_FOUND_LINES = 6;

/** Failure reasons that explain an image's refusal best, the most telling first. */
const TELLING_FIRST: readonly string[] = [
  'ANNOTATION_MISMATCH',
  'NO_LOG_ENTRY',
  'WRONG_DIGEST',
  'NO_MATCHING_SIGNATURE',
  'FORMAT_NOT_READ',
  'NO_SIGNATURES',
  'NO_ATTESTORS',
];

export function satisfiedVerdict(
  image: ResolvedImage,
  outcomes: readonly AttestorOutcome[],
): Verdict {
  const signatures = outcomes.flatMap((outcome) =>
    outcome.kind === 'satisfied' ? outcome.facts : [],
  );
  return {
    kind: 'pass',
    message: `verified image signatures for ${nameOf(image)}`,
    digest: image.digest,
    signatures,
  };
}

/**
 * The verdict where some set is not satisfied: unknown if a place could not be looked at, since the
 * missing signature may be there; else a definite no.
 */
export function unsatisfiedVerdict(
  image: ResolvedImage,
  outcomes: readonly AttestorOutcome[],
  found: readonly DiscoveredSignatures[],
): Verdict {
  const [problem] = found.flatMap(({ problems }) => problems);
  if (problem !== undefined) return verdictOfError(nameOf(image), problem, image.digest);
  const failures = outcomes.flatMap((outcome) =>
    outcome.kind === 'unsatisfied' ? outcome.failures : [],
  );
  const message = `failed to verify image ${nameOf(image)}: ${failures.map(formatFailure).join('; ')}`;
  const details = foundLines(found);
  const unsupported = failures.some(({ reason }) => reason === 'UNSUPPORTED_POLICY');
  if (unsupported) {
    return {
      kind: 'error',
      reason: 'UNSUPPORTED_POLICY',
      message,
      details,
      digest: image.digest,
      transient: false,
      retryAfterSeconds: undefined,
    };
  }
  const reason =
    TELLING_FIRST.find((code) => failures.some((failure) => failure.reason === code)) ??
    'NO_MATCHING_SIGNATURE';
  return { kind: 'fail', reason: reason as FailureReason, message, details, digest: image.digest };
}

function nameOf({ reference, digest }: ResolvedImage): string {
  return formatReference({ ...reference, digest });
}

/** Kyverno's form: the path from the attestors on, then what is wrong there. */
function formatFailure({ path, message }: AttestorFailure): string {
  const start = path.indexOf('.attestors');
  return `${start < 0 ? path : path.slice(start)}: ${message}`;
}

/** What was there, so that a refusal never just says "no signatures" (MUST-NOT-HAPPEN 33). */
function foundLines(found: readonly DiscoveredSignatures[]): readonly string[] {
  const lines = found.flatMap(({ entities, oddities }) => [
    ...entities.map(
      ({ format, source }) =>
        `found: ${FORMAT_NAMES[format]} in ${source.repository} (${source.place})`,
    ),
    ...oddities.map(({ source, message }) => `found: ${source}: ${message}`),
  ]);
  const counted = [...new Set(lines)];
  const more = counted.length - MAX_FOUND_LINES;
  if (counted.length === 0) return ['found: no signature of any format'];
  return more > 0 ? [...counted.slice(0, MAX_FOUND_LINES), `found: ${more} more`] : counted;
}

const FORMAT_NAMES: Readonly<Record<DiscoveredSignatures['entities'][number]['format'], string>> = {
  'cosign-simple-signing': 'a cosign signature',
  'sigstore-bundle': 'a Sigstore bundle',
};
