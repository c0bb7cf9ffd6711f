import type { KeyAttestor } from '../policy/model.ts';
import type { EntityEvidence } from './entity-evidence.ts';
import type { Accepted, Evidence, Rejected } from './evidence.ts';
import { annotationMismatch, readPurposeClaims } from './judge-claims.ts';
import { checkLog } from './log-check.ts';
import { rejected, STAGE } from './rejection.ts';
import { logFacts, timestampFacts } from './signature-fact.ts';
import { checkTimestamps } from './timestamp-check.ts';

/** Whether one signature satisfies an attestor that names a public key. */
export function judgeKey(
  item: EntityEvidence,
  attestor: KeyAttestor,
  evidence: Evidence,
): Accepted | Rejected {
  const claims = readPurposeClaims(item, evidence);
  if ('reason' in claims) return claims;
  const { entity } = item;
  const { key, log, trustRoot } = attestor;
  if (!item.isSignedBy(claims.signedBytes, key)) {
    const message = `signature in ${entity.source.repository} was not made by key ${key.fingerprint.slice(0, 16)}`;
    return rejected('NO_MATCHING_SIGNATURE', message, STAGE.signature);
  }
  const signed = claims.signedBytes;
  const entries = checkLog(
    item,
    { log, trustRoot, signed, signer: { kind: 'key', key }, key },
    evidence,
  );
  if ('reason' in entries) return entries;
  const timestamps = checkTimestamps(item, { ...attestor, isNeeded: false }, evidence);
  if ('reason' in timestamps) return timestamps;
  const mismatch = annotationMismatch(claims.annotations, attestor.annotations);
  if (mismatch !== undefined) return mismatch;
  return {
    kind: 'accepted',
    entity,
    signer: key.fingerprint,
    fact: {
      format: entity.format,
      place: entity.source.place,
      keyFingerprint: key.fingerprint,
      annotations: claims.annotations,
      ...logFacts(entries),
      ...timestampFacts(timestamps.verified),
      ...(claims.attestation === undefined ? {} : { predicateType: claims.attestation }),
    },
  };
}
