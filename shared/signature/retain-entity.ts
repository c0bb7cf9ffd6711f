import type { LogEntry } from './log-entry.ts';
import type { SignedEntity, SignerClaim, SigningTimeClaims } from './signed-entity.ts';

/**
 * The entity with bytes of its own. Small buffers are cut from slabs that Node shares among them; one that
 * is kept for an hour would keep its whole slab, a hundred times its own size.
 */
export function retainEntity(entity: SignedEntity): SignedEntity {
  const shared = {
    signature: ownBytes(entity.signature),
    signer: retainSigner(entity.signer),
    time: retainTime(entity.time),
  };
  switch (entity.kind) {
    case 'message':
      return { ...entity, ...shared, payload: ownBytes(entity.payload) };
    case 'dsse':
      return { ...entity, ...shared, payload: ownBytes(entity.payload) };
    case 'digest':
      return { ...entity, ...shared };
  }
}

function retainTime({ logEntries, timestamps, unreadable }: SigningTimeClaims): SigningTimeClaims {
  return {
    logEntries: logEntries.map(retainLogEntry),
    timestamps: timestamps.map(ownBytes),
    unreadable,
  };
}

function retainLogEntry(entry: LogEntry): LogEntry {
  const { promise, proof } = entry;
  return {
    ...entry,
    body: ownBytes(entry.body),
    promise:
      promise === undefined
        ? undefined
        : { ...promise, signedEntryTimestamp: ownBytes(promise.signedEntryTimestamp) },
    proof:
      proof === undefined
        ? undefined
        : { ...proof, rootHash: ownBytes(proof.rootHash), hashes: proof.hashes.map(ownBytes) },
  };
}

function retainSigner(signer: SignerClaim): SignerClaim {
  if (signer.kind === 'public-key') return signer;
  return {
    ...signer,
    certificate: ownBytes(signer.certificate),
    chain: signer.chain.map(ownBytes),
  };
}

/** The bytes in memory of their own. */
export function ownBytes(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
