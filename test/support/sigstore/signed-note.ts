import { createHash } from 'node:crypto';
import type { InclusionProof } from './merkle-tree.ts';
import { type SigningKey, keyId } from './signing-key.ts';

/** C2SP signed-note: the type byte that goes into the key id of an Ed25519 key. */
const ED25519_NOTE = 1;
const ED25519_KEY_BYTES = 32;

/** A line of a note that a key signs under a name. */
export interface NoteSigner {
  readonly name: string;
  readonly key: SigningKey;
}

/**
 * The id of a note key, of which four bytes are in each signature. Sigstore's ECDSA keys use the hash
 * of their SubjectPublicKeyInfo; Ed25519 keys that of name, type and key (C2SP signed-note "Key IDs").
 */
export function noteKeyId({ name, key }: NoteSigner): Buffer {
  if (key.type !== 'ed25519') return keyId(key);
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([ED25519_NOTE]))
    .update(key.spki.subarray(-ED25519_KEY_BYTES))
    .digest();
}

/** A checkpoint (C2SP tlog-checkpoint) of the tree that a proof is for, signed by each signer in turn. */
export function checkpoint(
  origin: string,
  { size, root }: InclusionProof,
  signers: readonly NoteSigner[],
): string {
  const body = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const lines = signers.map((signer) => {
    const hint = noteKeyId(signer).subarray(0, 4);
    const signature = Buffer.concat([hint, signer.key.sign(Buffer.from(body))]);
    return `\u2014 ${signer.name} ${signature.toString('base64')}\n`;
  });
  return `${body}\n${lines.join('')}`;
}
