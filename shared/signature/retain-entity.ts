import type { ByteSlab } from '../base/byte-slab.ts';
import type { LogEntry } from './log-entry.ts';
import type {
  SignedEntity,
  SignedEnvelope,
  SignerClaim,
  SigningTimeClaims,
} from './signed-entity.ts';

/**
 * The entity with its bytes in `slab`. Small buffers are cut from slabs that Node shares among them; one
 * that is kept for an hour would keep its whole slab, a hundred times its own size.
 */
export function retainEntity(entity: SignedEntity, slab: ByteSlab): SignedEntity {
  const shared = {
    source: { ...entity.source, repository: flatText(entity.source.repository) },
    signature: slab.keep(entity.signature),
    signer: retainSigner(entity.signer, slab),
    time: retainTime(entity.time, slab),
  };
  switch (entity.kind) {
    case 'message':
      return { ...entity, ...shared, payload: slab.keep(entity.payload) };
    case 'dsse':
      return { ...entity, ...shared, payload: slab.keep(entity.payload), ...retainHead(entity) };
    case 'digest':
      return { ...entity, ...shared };
  }
}

/** Text that was cut from a longer one keeps all of it: a clone has text of its own. */
function retainHead({ head }: SignedEnvelope): Pick<SignedEnvelope, 'head'> {
  return head === undefined ? {} : { head: structuredClone(head) };
}

/** V8 keeps a concatenation as its pieces, which takes three times the memory. */
function flatText(text: string): string {
  return Buffer.from(text).toString();
}

function retainTime(time: SigningTimeClaims, slab: ByteSlab): SigningTimeClaims {
  const { logEntries, timestamps, unreadable } = time;
  if (logEntries.length + timestamps.length === 0) return time;
  return {
    logEntries: logEntries.map((entry) => retainLogEntry(entry, slab)),
    timestamps: timestamps.map((timestamp) => slab.keep(timestamp)),
    unreadable,
  };
}

function retainLogEntry(entry: LogEntry, slab: ByteSlab): LogEntry {
  const { promise, proof } = entry;
  return {
    ...entry,
    body: slab.keep(entry.body),
    promise:
      promise === undefined
        ? undefined
        : { ...promise, signedEntryTimestamp: slab.keep(promise.signedEntryTimestamp) },
    proof:
      proof === undefined
        ? undefined
        : {
            ...proof,
            rootHash: slab.keep(proof.rootHash),
            hashes: proof.hashes.map((hash) => slab.keep(hash)),
          },
  };
}

function retainSigner(signer: SignerClaim, slab: ByteSlab): SignerClaim {
  if (signer.kind === 'public-key') return signer;
  return {
    ...signer,
    certificate: slab.keep(signer.certificate),
    chain: signer.chain.map((certificate) => slab.keep(certificate)),
  };
}
