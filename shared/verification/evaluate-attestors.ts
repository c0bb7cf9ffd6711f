import type { Digest } from '../base/digest.ts';
import type { Attestor, AttestorSet, KeyAttestor, SignatureFormats } from '../policy/model.ts';
import type { DiscoveredSignatures, SignedEntity } from '../signature/signed-entity.ts';
import type { EvidenceCache } from './evidence-cache.ts';
import type { FailureReason, SignatureFact, UnknownReason } from './verdict.ts';

/** What a set of attestors is judged by; everything was fetched before. */
export interface Evidence {
  readonly digest: Digest;
  readonly formats: SignatureFormats;
  /** Signatures by the repository they are stored in; `undefined` is the image's own. */
  readonly signaturesIn: (repository: string | undefined) => DiscoveredSignatures;
  readonly cache: EvidenceCache;
}

export interface AttestorFailure {
  /** Field path of the attestor in its policy. */
  readonly path: string;
  readonly reason: FailureReason | UnknownReason;
  readonly message: string;
}

export type AttestorOutcome =
  | {
      readonly kind: 'satisfied';
      readonly signers: ReadonlySet<string>;
      readonly facts: readonly SignatureFact[];
    }
  | { readonly kind: 'unsatisfied'; readonly failures: readonly AttestorFailure[] };

/**
 * Whether all of a set's entries are satisfied, or `count` of them, each by a signer of its own: one key
 * that is listed twice counts once (MUST-NOT-HAPPEN 9). A set without entries is never satisfied
 * (MUST-NOT-HAPPEN 5).
 */
export function evaluateAttestors(set: AttestorSet, evidence: Evidence): AttestorOutcome {
  const outcomes = set.entries.map((entry) => evaluateAttestor(entry, evidence));
  const satisfied = outcomes.filter((outcome) => outcome.kind === 'satisfied');
  const distinct = new Set(satisfied.map(({ signers }) => [...signers].toSorted().join('+')));
  if (suffices(set, { satisfied: satisfied.length, distinct: distinct.size })) {
    return {
      kind: 'satisfied',
      signers: new Set(satisfied.flatMap(({ signers }) => [...signers])),
      facts: satisfied.flatMap(({ facts }) => facts),
    };
  }
  const failures = outcomes.flatMap((outcome) =>
    outcome.kind === 'unsatisfied' ? outcome.failures : [],
  );
  return { kind: 'unsatisfied', failures: [...failures, ...missingCount(set, distinct.size)] };
}

function suffices(
  { count, entries }: AttestorSet,
  { satisfied, distinct }: { satisfied: number; distinct: number },
): boolean {
  if (count === 'all') return entries.length > 0 && satisfied === entries.length;
  return count > 0 && distinct >= count;
}

function missingCount(set: AttestorSet, found: number): readonly AttestorFailure[] {
  if (set.entries.length === 0) {
    return [{ path: set.path, reason: 'NO_ATTESTORS', message: 'no attestors are configured' }];
  }
  if (set.entries.length === 1) return [];
  const wanted =
    set.count === 'all' ? 'all are required' : `${set.count} distinct signers are required`;
  const message = `${found} of ${set.entries.length} attestors verified, ${wanted}`;
  return [{ path: set.path, reason: 'NO_MATCHING_SIGNATURE', message }];
}

function evaluateAttestor(attestor: Attestor, evidence: Evidence): AttestorOutcome {
  switch (attestor.kind) {
    case 'nested':
      return evaluateAttestors(attestor.set, evidence);
    case 'key':
      return evaluateKey(attestor, evidence);
  }
}

/** The failures that explain most come first: the signature that got furthest is the nearest miss. */
const NEAREST_FIRST: readonly AttestorFailure['reason'][] = [
  'ANNOTATION_MISMATCH',
  'UNSUPPORTED_POLICY',
  'NO_LOG_ENTRY',
  'WRONG_DIGEST',
  'NO_MATCHING_SIGNATURE',
  'FORMAT_NOT_READ',
];

function evaluateKey(attestor: KeyAttestor, evidence: Evidence): AttestorOutcome {
  const { entities } = evidence.signaturesIn(attestor.repository);
  if (entities.length === 0) {
    return {
      kind: 'unsatisfied',
      failures: [{ path: attestor.path, reason: 'NO_SIGNATURES', message: 'no signatures found' }],
    };
  }
  const results = entities.map((entity) => checkKey(entity, attestor, evidence));
  const facts = results.flatMap((result) => ('keyFingerprint' in result ? [result] : []));
  if (facts.length > 0)
    return { kind: 'satisfied', signers: new Set([attestor.key.fingerprint]), facts };
  const failures = results
    .flatMap((result) => ('reason' in result ? [result] : []))
    .toSorted((a, b) => NEAREST_FIRST.indexOf(a.reason) - NEAREST_FIRST.indexOf(b.reason));
  return { kind: 'unsatisfied', failures: failures.slice(0, 1) };
}

function checkKey(
  entity: SignedEntity,
  attestor: KeyAttestor,
  evidence: Evidence,
): SignatureFact | AttestorFailure {
  const { path } = attestor;
  if (evidence.formats === 'bundle' && entity.format !== 'sigstore-bundle') {
    return {
      path,
      reason: 'FORMAT_NOT_READ',
      message: 'the signature is in the cosign tag format, the policy reads Sigstore bundles only',
    };
  }
  const claims = evidence.cache.claims(entity, evidence.digest);
  if (claims.kind === 'unfit') return { path, reason: claims.reason, message: claims.message };
  if (!evidence.cache.isSignedBy(entity, claims.signedBytes, attestor.key)) {
    return {
      path,
      reason: 'NO_MATCHING_SIGNATURE',
      message: `signature in ${entity.source.repository} was not made by key ${attestor.key.fingerprint.slice(0, 16)}`,
    };
  }
  const unmet = checkLog(entity, attestor) ?? checkAnnotations(claims.annotations, attestor);
  if (unmet !== undefined) return unmet;
  return {
    format: entity.format,
    place: entity.source.place,
    keyFingerprint: attestor.key.fingerprint,
    annotations: claims.annotations,
  };
}

/** Kyverno's default: a signature by a plain key needs a transparency log entry too, unless ignored. */
function checkLog(entity: SignedEntity, { path, log }: KeyAttestor): AttestorFailure | undefined {
  if (log.kind === 'ignored') return undefined;
  if (entity.time.logEntries.length === 0) {
    return {
      path,
      reason: 'NO_LOG_ENTRY',
      message:
        'the signature verifies, but has no transparency log entry, which the policy requires (rekor.ignoreTlog: true would waive it)',
    };
  }
  return {
    path,
    reason: 'UNSUPPORTED_POLICY',
    message:
      'the signature verifies, but its transparency log entry cannot be verified by this version (rekor.ignoreTlog: true would waive it)',
  };
}

function checkAnnotations(
  found: Readonly<Record<string, string>>,
  { path, annotations }: KeyAttestor,
): AttestorFailure | undefined {
  const missing = Object.entries(annotations).filter(([key, value]) => found[key] !== value);
  if (missing.length === 0) return undefined;
  const wanted = missing.map(([key, value]) => `${key}=${value}`).join(', ');
  return {
    path,
    reason: 'ANNOTATION_MISMATCH',
    message: `the signature verifies, but lacks the required annotations ${wanted}`,
  };
}
