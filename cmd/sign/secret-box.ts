import { timingSafeEqual } from 'node:crypto';

/** "expand 32-byte k" as little-endian words (Bernstein, "The Salsa20 family of stream ciphers"). */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

const BLOCK_BYTES = 64;
const TAG_BYTES = 16;

/** Poly1305 works modulo 2^130 - 5 and clamps r (Bernstein, "The Poly1305-AES message-authentication code"). */
const PRIME = (1n << 130n) - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/**
 * Opens a NaCl secretbox (XSalsa20 and Poly1305), which OpenSSL lacks. For small boxes, such as keys.
 * @returns undefined where the tag does not fit: wrong key, or changed bytes.
 */
export function openSecretBox(box: Buffer, nonce: Buffer, key: Buffer): Buffer | undefined {
  if (box.length < TAG_BYTES) return undefined;
  const tag = box.subarray(0, TAG_BYTES);
  const cipherText = box.subarray(TAG_BYTES);
  const subKey = hsalsa20(key, nonce.subarray(0, 16));
  // The first 32 bytes of the stream are Poly1305's key.
  const stream = salsa20Stream(subKey, nonce.subarray(16), 32 + cipherText.length);
  if (!timingSafeEqual(poly1305(cipherText, stream.subarray(0, 32)), tag)) return undefined;
  return Buffer.from(cipherText.map((byte, index) => byte ^ (stream[32 + index] ?? 0)));
}

type Words = readonly number[];

function words(bytes: Buffer): Words {
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(index * 4));
}

/** The 4 by 4 start of a block: constants on the diagonal, key above and below, input in the middle. */
function start(key: Buffer, input: Words): Words {
  const k = words(key);
  const [s0, s1, s2, s3] = SIGMA;
  return [s0, ...k.slice(0, 4), s1, ...input, s2, ...k.slice(4), s3];
}

/** Which words each quarter round mixes: four columns, then four rows. */
const QUARTERS: readonly (readonly [number, number, number, number])[] = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
];

const DOUBLE_ROUNDS = 10;

function mix(initial: Words): Uint32Array {
  const x = Uint32Array.from(initial);
  const at = (index: number): number => x[index] ?? 0;
  const step = (target: number, [a, b]: readonly [number, number], shift: number): void => {
    const sum = (at(a) + at(b)) >>> 0;
    x[target] = at(target) ^ ((sum << shift) | (sum >>> (32 - shift)));
  };
  for (let round = 0; round < DOUBLE_ROUNDS; round += 1) {
    for (const [a, b, c, d] of QUARTERS) {
      step(b, [a, d], 7);
      step(c, [b, a], 9);
      step(d, [c, b], 13);
      step(a, [d, c], 18);
    }
  }
  return x;
}

function hsalsa20(key: Buffer, input: Buffer): Buffer {
  const mixed = mix(start(key, words(input)));
  return bytesOf([0, 5, 10, 15, 6, 7, 8, 9].map((index) => mixed[index] ?? 0));
}

function salsa20Stream(key: Buffer, nonce: Buffer, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / BLOCK_BYTES) }, (_, counter) => {
    const initial = start(key, [...words(nonce), counter, 0]);
    const mixed = mix(initial);
    return bytesOf(initial.map((word, index) => (word + (mixed[index] ?? 0)) >>> 0));
  });
  return Buffer.concat(blocks).subarray(0, length);
}

function bytesOf(list: Words): Buffer {
  const bytes = Buffer.alloc(list.length * 4);
  for (const [index, word] of list.entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes;
}

function poly1305(message: Buffer, key: Buffer): Buffer {
  const r = littleEndian(key.subarray(0, 16)) & CLAMP;
  const s = littleEndian(key.subarray(16));
  let sum = 0n;
  for (let offset = 0; offset < message.length; offset += 16) {
    const chunk = Buffer.concat([message.subarray(offset, offset + 16), Buffer.of(1)]);
    sum = ((sum + littleEndian(chunk)) * r) % PRIME;
  }
  const tag = (sum + s) & ((1n << 128n) - 1n);
  return Buffer.from(Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').toReversed());
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
}
