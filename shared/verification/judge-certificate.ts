import type { CertificateAttestor, KeylessAttestor } from '../policy/model.ts';
import { type CertificateSigner, certificateSigner } from './certificate-signer.ts';
import { checkCertificateTime } from './certificate-time.ts';
import type { EntityEvidence } from './entity-evidence.ts';
import type { Accepted, Evidence, Rejected } from './evidence.ts';
import { problem } from './evidence-problem.ts';
import { checkIdentity } from './identity-check.ts';
import { annotationMismatch, readPurposeClaims } from './judge-claims.ts';
import type { LogSigner } from './log-binding.ts';
import { checkLog } from './log-check.ts';
import { rejectedFor, STAGE } from './rejection.ts';
import { identityFact, logFacts, timestampFacts } from './signature-fact.ts';
import type { SignedBytes } from './signed-bytes.ts';
import { checkTimestamps } from './timestamp-check.ts';
import { checkTransparency } from './transparency-check.ts';
import type { SignatureFact } from './verdict.ts';

interface Judging {
  readonly attestor: KeylessAttestor | CertificateAttestor;
  readonly evidence: Evidence;
  readonly signed: SignedBytes;
}

/**
 * Whether one signature satisfies an attestor that judges by certificate: path to a trusted root, signature,
 * log, time, validity at that time, certificate transparency, identity, annotations.
 */
export function judgeCertificate(
  item: EntityEvidence,
  attestor: KeylessAttestor | CertificateAttestor,
  evidence: Evidence,
): Accepted | Rejected {
  const claims = readPurposeClaims(item, evidence);
  if ('reason' in claims) return claims;
  const signer = certificateSigner(item, attestor, evidence);
  if ('reason' in signer) return signer;
  const facts = checkSignature(item, signer, { attestor, evidence, signed: claims.signedBytes });
  if ('reason' in facts) return facts;
  const checked = checkIdentity(signer.certificate, attestor.identities);
  if ('reason' in checked) return checked;
  const { annotations, attestation } = claims;
  const mismatch = annotationMismatch(annotations, attestor.annotations);
  if (mismatch !== undefined) return mismatch;
  const { entity } = item;
  const { fingerprint } = signer.key;
  return {
    kind: 'accepted',
    entity,
    signer: signer.isPinned ? fingerprint : (checked.signer ?? fingerprint),
    fact: {
      format: entity.format,
      place: entity.source.place,
      keyFingerprint: fingerprint,
      annotations,
      identity: identityFact(checked.identity, signer.certificate),
      ...facts,
      ...(attestation === undefined ? {} : { predicateType: attestation }),
    },
  };
}

type Facts = Pick<SignatureFact, 'logEntries' | 'timestamps'>;

/** All that is true of the signature and its certificate, whoever the certificate is for. */
function checkSignature(
  item: EntityEvidence,
  signer: CertificateSigner,
  { attestor, evidence, signed }: Judging,
): Facts | Rejected {
  if (!item.isSignedBy(signed, signer.key)) return rejectedFor(NOT_SIGNED, STAGE.signature);
  const { key } = signer;
  const logged = { ...attestor, signed, signer: logSigner(signer), key };
  const entries = checkLog(item, logged, evidence);
  if ('reason' in entries) return entries;
  const isNeeded = entries.every(({ integratedAt }) => integratedAt === undefined);
  const timestamps = checkTimestamps(item, { ...attestor, isNeeded }, evidence);
  if ('reason' in timestamps) return timestamps;
  const { now } = evidence;
  const path = checkCertificateTime(signer, { entries, timestamps, attestor, now });
  if (path !== undefined && 'reason' in path) return path;
  const unlogged = checkTransparency(item, path, { attestor, evidence });
  return unlogged ?? { ...logFacts(entries), ...timestampFacts(timestamps.verified) };
}

const NOT_SIGNED = problem('SIGNATURE_INVALID', 'signature was not made with its certificate');

/** A pinned certificate stands for its key, which the log may hold in either form. */
function logSigner({ isPinned, key, certificate }: CertificateSigner): LogSigner {
  return isPinned ? { kind: 'key', key } : { kind: 'certificate', certificate };
}
