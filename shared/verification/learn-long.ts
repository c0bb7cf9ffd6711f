import type { SignedEntity } from '../signature/signed-entity.ts';
import type { PublicKey } from '../trust/public-key.ts';
import { certificateSigner } from './certificate-signer.ts';
import type { EntityEvidence } from './entity-evidence.ts';
import type { Evidence } from './evidence.ts';
import { readPurposeClaims } from './judge-claims.ts';
import type { SignerAttestor } from './judge-signer.ts';
import { HASHES, learnHashes, LONG_BYTES } from './known-digests.ts';

/**
 * Whether an entity's payload is so long that hashing it takes a noticeable time: attestations can have
 * megabytes, and each key, log entry and timestamp is compared with a hash.
 */
export function isLong(entity: SignedEntity): boolean {
  return entity.kind === 'dsse' && entity.payload.length >= LONG_BYTES;
}

/** Finds out aside of the event loop what judging a long entity by an attestor will need (MUST-NOT-HAPPEN 26). */
export async function learnLong(
  item: EntityEvidence,
  attestor: SignerAttestor,
  evidence: Evidence,
): Promise<void> {
  const { entity } = item;
  const claims = readPurposeClaims(item, evidence);
  if (entity.kind !== 'dsse' || 'reason' in claims || claims.signedBytes.kind !== 'bytes') return;
  const key = keyOf(item, attestor, evidence);
  if (key === undefined) return;
  const { bytes } = claims.signedBytes;
  await item.learnSignedBy(bytes, key);
  const { logEntries, timestamps } = entity.time;
  const envelope = entity.envelope === undefined ? [] : [entity.envelope];
  const logged = logEntries.length > 0 ? [bytes, entity.payload, ...envelope] : [];
  const stamped = timestamps.length > 0 ? envelope : [];
  for (const long of new Set([...logged, ...stamped])) await learnHashes(long, HASHES);
}

function keyOf(
  item: EntityEvidence,
  attestor: SignerAttestor,
  evidence: Evidence,
): PublicKey | undefined {
  switch (attestor.kind) {
    case 'key':
      return attestor.key;
    case 'keyless':
    case 'certificate': {
      const signer = certificateSigner(item, attestor, evidence);
      return 'reason' in signer ? undefined : signer.key;
    }
    case 'key-reference':
    case 'notation':
      return undefined;
  }
}
