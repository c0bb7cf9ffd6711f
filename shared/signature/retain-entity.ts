import type { SignedEntity, SignerClaim } from './signed-entity.ts';

/**
 * The entity with bytes of its own. Small buffers are cut from slabs that Node shares among them; one that
 * is kept for an hour would keep its whole slab, a hundred times its own size.
 */
export function retainEntity(entity: SignedEntity): SignedEntity {
  const { logEntries, timestamps } = entity.time;
  return {
    ...entity,
    signature: ownBytes(entity.signature),
    payload: ownBytes(entity.payload),
    signer: retainSigner(entity.signer),
    time: { logEntries, timestamps: timestamps.map(ownBytes) },
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

function ownBytes(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
