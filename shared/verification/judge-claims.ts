import type { EntityEvidence } from './entity-evidence.ts';
import type { Evidence, Rejected } from './evidence.ts';
import { rejected, STAGE } from './rejection.ts';
import type { SignatureClaims } from './signature-check.ts';

type Claims = Extract<SignatureClaims, { kind: 'claims' }>;

/** What an entity claims, if it is about the digest and of the kind that is asked for. */
export function readPurposeClaims(
  { entity, claims }: EntityEvidence,
  { formats, purpose }: Evidence,
): Claims | Rejected {
  if (formats === 'bundle' && entity.format !== 'sigstore-bundle') {
    return rejected(
      'FORMAT_NOT_READ',
      'the signature is in the cosign tag format, the policy reads Sigstore bundles only',
      STAGE.format,
    );
  }
  if (claims.kind === 'unfit') return rejected(claims.reason, claims.message, STAGE.claims);
  const { attestation } = claims;
  if (purpose.kind === 'attestation') {
    if (attestation === purpose.predicateType) return claims;
    const found = attestation ?? 'signature';
    return rejected(
      'NO_ATTESTATIONS',
      `statement is of type ${found}, policy wants ${purpose.predicateType}`,
      STAGE.claims,
    );
  }
  if (attestation === undefined || purpose.acceptsAnyStatement) return claims;
  const message = `is an attestation of type ${attestation}, not a signature`;
  return rejected('FORMAT_NOT_READ', message, STAGE.format);
}

type Annotations = Readonly<Record<string, string>>;

/** Pairs that the policy wants and the signed payload lacks. */
export function annotationMismatch(found: Annotations, wanted: Annotations): Rejected | undefined {
  const missing = Object.entries(wanted).filter(([key, value]) => found[key] !== value);
  if (missing.length === 0) return undefined;
  const pairs = missing.map(([key, value]) => `${key}=${value}`).join(', ');
  return rejected(
    'ANNOTATION_MISMATCH',
    `the signature verifies, but lacks the required annotations ${pairs}`,
    STAGE.annotations,
  );
}
