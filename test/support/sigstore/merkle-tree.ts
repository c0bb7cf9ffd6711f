import { createHash } from 'node:crypto';

/** Where a leaf is in a tree, and what proves it. */
export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly root: Buffer;
  /** From the leaf's sibling up. */
  readonly hashes: readonly Buffer[];
}

/** An append-only Merkle tree (RFC 6962 §2.1). */
export class MerkleTree {
  readonly #leaves: Buffer[] = [];

  get size(): number {
    return this.#leaves.length;
  }

  /** Adds a leaf and returns its index. */
  append(leaf: Buffer): number {
    this.#leaves.push(hash(0, leaf));
    return this.#leaves.length - 1;
  }

  /** Proof of one leaf in the tree as it is now. */
  prove(index: number): InclusionProof {
    const leaves = this.#leaves;
    return { index, size: leaves.length, root: rootOf(leaves), hashes: path(index, leaves) };
  }
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return createHash('sha256').digest();
  if (leaves.length === 1) return only;
  const split = splitPoint(leaves.length);
  return hash(1, rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

/** RFC 6962 §2.1.1. */
function path(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitPoint(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...path(index, left), rootOf(right)]
    : [...path(index - split, right), rootOf(left)];
}

/** The largest power of two below `size`. */
function splitPoint(size: number): number {
  return 2 ** (Math.ceil(Math.log2(size)) - 1);
}

function hash(prefix: number, ...parts: readonly Buffer[]): Buffer {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.from([prefix]), ...parts]))
    .digest();
}
