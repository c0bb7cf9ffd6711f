import { dsse } from '@sigstore/core';
import { type Digest, matchesDigest } from '../base/digest.ts';
import type { PublicKey } from '../trust/public-key.ts';
import type { SignedDigest, SignedEnvelope } from '../signature/signed-entity.ts';
import { HASHES, hashOf } from './known-digests.ts';
import { verifyBytes } from './verify-bytes.ts';
import { verifySha256 } from './verify-digest.ts';

/** What a signature was made over: the bytes, or only their SHA-256 where the bytes are not at hand. */
export type SignedBytes =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'sha256'; readonly digest: Buffer };

/** What is signed of an envelope: DSSE's pre-authentication encoding. */
export function envelopeBytes({ payloadType, payload }: SignedEnvelope): SignedBytes {
  return { kind: 'bytes', bytes: dsse.preAuthEncoding(payloadType, payload) };
}

/** What is signed by a signature over a manifest: the manifest, as far as it was fetched and is the right one. */
export function manifestBytes({ artifact }: SignedDigest, digest: Digest): SignedBytes | undefined {
  if (artifact !== undefined && matchesDigest(artifact, digest))
    return { kind: 'bytes', bytes: artifact };
  const [algorithm, hex = ''] = digest.split(':');
  return algorithm === 'sha256' ? { kind: 'sha256', digest: Buffer.from(hex, 'hex') } : undefined;
}

/** The signed bytes' digest; undefined where it cannot be known without the bytes. */
export function digestOf(signed: SignedBytes, algorithm: string): Buffer | undefined {
  if (!HASHES.has(algorithm)) return undefined;
  if (signed.kind === 'bytes') return hashOf(signed.bytes, algorithm);
  return algorithm === 'sha256' ? signed.digest : undefined;
}

/** Whether `key` made the signature. */
export function isSignedWith(signed: SignedBytes, signature: Buffer, key: PublicKey): boolean {
  switch (signed.kind) {
    case 'bytes':
      return verifyBytes(signed.bytes, signature, key);
    case 'sha256':
      return verifySha256(signed.digest, signature, key);
  }
}
