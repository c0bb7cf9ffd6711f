import { createHash } from 'node:crypto';
import type { InclusionProof } from '../signature/log-entry.ts';

/**
 * The root hash that an inclusion proof leads to from an entry (RFC 9162 §2.1.3.2).
 * @returns undefined where the proof does not fit a tree of its size.
 */
export function rootOfProof(body: Buffer, proof: InclusionProof): Buffer | undefined {
  const { leafIndex, treeSize, hashes } = proof;
  if (leafIndex >= treeSize) return undefined;
  let position = leafIndex;
  let last = treeSize - 1n;
  let hash = sha256(LEAF, body);
  for (const sibling of hashes) {
    if (last === 0n) return undefined;
    if (position % 2n === 1n || position === last) {
      hash = sha256(NODE, sibling, hash);
      while (position % 2n === 0n && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = sha256(NODE, hash, sibling);
    }
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? hash : undefined;
}

/** Leaves and nodes hash differently, so that none can stand for the other. */
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
