import type { Digest } from '#shared/base/digest.ts';
import type { NotationSignature } from '#shared/notation/notation-signature.ts';
import { verifyIntegrity } from '#shared/notation/verify-integrity.ts';
import type { SignedEntity } from '#shared/signature/signed-entity.ts';
import { parseCertificate } from '#shared/trust/certificate.ts';
import { readIdentity } from '#shared/trust/identity.ts';
import type { TrustRoots } from '#shared/trust/trust-roots.ts';
import type { EvidenceCache } from '#shared/verification/evidence-cache.ts';
import { judgeSigner } from '#shared/verification/judge-signer.ts';
import type { SignatureFact } from '#shared/verification/verdict.ts';
import type { InspectOptions } from './inspect.ts';
import { anyCertificate } from './wanted-signer.ts';

/** One signature of an image: what was verified of it, or what it claims and why that was not. */
export interface InspectedSignature {
  readonly kind: 'signature' | 'attestation';
  /**
   * `verified`: by the trust root, whoever signed. `needs-signer`: only a key or a policy can tell.
   * `not-verified`: see `reason`.
   */
  readonly status: 'verified' | 'needs-signer' | 'not-verified';
  readonly format: SignatureFact['format'];
  readonly place: string;
  /** Of the manifest that holds it. */
  readonly manifest: Digest;
  /** Who is said to have signed; proven only with `fact`. */
  readonly claimed: string;
  readonly predicateType: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly reason: string | null;
  readonly fact: SignatureFact | null;
}

export interface Judging {
  readonly digest: Digest;
  readonly trustRoots: TrustRoots;
  readonly cache: EvidenceCache;
  readonly waived: InspectOptions['waived'];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What can be said of one of cosign's signatures, or of a bundle. */
export function inspectEntity(entity: SignedEntity, judging: Judging): InspectedSignature {
  const item = judging.cache.of(entity, judging.digest);
  const { claims } = item;
  const predicateType = claims.kind === 'claims' ? (claims.attestation ?? null) : null;
  const shared = {
    kind: predicateType === null ? 'signature' : 'attestation',
    format: entity.format,
    place: entity.source.place,
    manifest: entity.source.manifestDigest,
    claimed: claimedSigner(entity),
    predicateType,
    annotations: claims.kind === 'claims' ? claims.annotations : {},
    fact: null,
  } as const;
  if (claims.kind === 'unfit') return { ...shared, status: 'not-verified', reason: claims.message };
  if (entity.signer.kind === 'public-key')
    return {
      ...shared,
      status: 'needs-signer',
      reason: 'only its public key can tell: give --key',
    };
  const judged = judgeSigner(item, anyCertificate(judging.waived), {
    digest: judging.digest,
    formats: 'any',
    purpose:
      predicateType === null
        ? { kind: 'signature', acceptsAnyStatement: false }
        : { kind: 'attestation', predicateType },
    signaturesIn: () => ({ entities: [entity], oddities: [], problems: [] }),
    cache: judging.cache,
    trustRoot: (name) => judging.trustRoots.get(name),
    now: judging.now,
  });
  return judged.kind === 'accepted'
    ? { ...shared, status: 'verified', reason: null, fact: judged.fact }
    : { ...shared, status: 'not-verified', reason: judged.message };
}

/** What can be said of a Notary Project signature: whom to trust is for a policy to say. */
export function inspectNotation(
  { envelopeType, envelope, source }: NotationSignature,
  digest: Digest,
): InspectedSignature {
  const read = verifyIntegrity(envelopeType, envelope);
  const shared = {
    kind: 'signature',
    format: envelopeType === 'application/cose' ? 'notation-cose' : 'notation-jws',
    place: source.place,
    manifest: source.manifestDigest,
    predicateType: null,
    fact: null,
  } as const;
  if ('reason' in read) {
    const { message } = read;
    return {
      ...shared,
      status: 'not-verified',
      claimed: UNKNOWN,
      annotations: {},
      reason: message,
    };
  }
  const { payload, envelope: content } = read;
  const isAbout = payload.target.digest === digest;
  return {
    ...shared,
    status: isAbout ? 'needs-signer' : 'not-verified',
    claimed: content.chain[0]?.subject.text ?? UNKNOWN,
    annotations: payload.metadata,
    reason: isAbout
      ? 'only a policy with its certificates can tell: give --policy'
      : `signature is for ${payload.target.digest}`,
  };
}

const UNKNOWN = 'somebody unknown';

function claimedSigner({ signer }: SignedEntity): string {
  if (signer.kind === 'public-key') {
    const { hint = '' } = signer;
    return hint === '' ? 'a public key' : `a public key with hint ${hint}`;
  }
  const certificate = parseCertificate(signer.certificate);
  if (typeof certificate === 'string') return UNKNOWN;
  const identity = readIdentity(certificate);
  if (typeof identity === 'string' || identity.subjects.length === 0) return UNKNOWN;
  return identity.subjects.map(({ value }) => value).join(', ');
}
