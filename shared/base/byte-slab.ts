/**
 * Bytes that are allocated at once. What is kept from one of them keeps it whole, so this is small; each
 * allocation of its own costs about 300 bytes, so this is not tiny.
 */
const SLAB_BYTES = 8 * 1024;

/** What is larger than this gets memory of its own. */
const MAX_SHARED_BYTES = 1024;

/**
 * Keeps small byte strings that live about equally long side by side in memory: thousands of signatures
 * take a third of what they take one by one. Node's own slabs are shared with whatever else is read at the
 * time, so one signature would keep a hundred times its own size.
 */
export class ByteSlab {
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;

  /** A copy of the bytes that keeps nothing but its neighbours here. */
  keep(bytes: Buffer): Buffer {
    const own = bytes.length > MAX_SHARED_BYTES ? ownBuffer(bytes.length) : this.#cut(bytes.length);
    bytes.copy(own);
    return own;
  }

  #cut(length: number): Buffer {
    if (this.#used + length > this.#slab.length) {
      this.#slab = ownBuffer(SLAB_BYTES);
      this.#used = 0;
    }
    this.#used += length;
    return this.#slab.subarray(this.#used - length, this.#used);
  }
}

/** Never out of the pool that Node shares among small buffers. */
function ownBuffer(length: number): Buffer {
  return Buffer.allocUnsafeSlow(length);
}
