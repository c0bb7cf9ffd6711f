import { dsse } from '@sigstore/core';
import type { Digest } from '../base/digest.ts';
import type { PublicKey } from '../trust/public-key.ts';
import {
  COSIGN_SIGN_PREDICATE,
  IN_TOTO_PAYLOAD_TYPE,
  readStatement,
} from '../signature/in-toto-statement.ts';
import type { SignedEntity, SignedEnvelope, SignedMessage } from '../signature/signed-entity.ts';
import { readSimpleSigning } from '../signature/simple-signing.ts';
import type { FailureReason } from './verdict.ts';
import { verifyBytes } from './verify-bytes.ts';

/** What a signed entity says about the digest, before asking who signed it. */
export type SignatureClaims =
  | {
      readonly kind: 'claims';
      readonly signedBytes: Buffer;
      readonly annotations: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'unfit'; readonly reason: FailureReason; readonly message: string };

/**
 * Binds an entity to the digest that is being admitted: the payload must name exactly this digest
 * (MUST-NOT-HAPPEN 2), and be a signature rather than an attestation (MUST-NOT-HAPPEN 15).
 */
export function readClaims(entity: SignedEntity, digest: Digest): SignatureClaims {
  switch (entity.kind) {
    case 'message':
      return readMessage(entity, digest);
    case 'dsse':
      return readEnvelope(entity, digest);
  }
}

/** Whether `key` made the entity's signature over the bytes its claims were read from. */
export function isSignedBy(entity: SignedEntity, signedBytes: Buffer, key: PublicKey): boolean {
  return verifyBytes(signedBytes, entity.signature, key);
}

function readMessage(entity: SignedMessage, digest: Digest): SignatureClaims {
  const claims = readSimpleSigning(entity.payload);
  if (typeof claims === 'string') return unfit('NO_MATCHING_SIGNATURE', claims);
  if (claims.digest !== digest) return unfit('WRONG_DIGEST', `signature is for ${claims.digest}`);
  return { kind: 'claims', signedBytes: entity.payload, annotations: claims.annotations };
}

function readEnvelope(entity: SignedEnvelope, digest: Digest): SignatureClaims {
  if (entity.payloadType !== IN_TOTO_PAYLOAD_TYPE) {
    return unfit(
      'FORMAT_NOT_READ',
      `payload type "${entity.payloadType}" is not ${IN_TOTO_PAYLOAD_TYPE}`,
    );
  }
  const statement = readStatement(entity.payload);
  if (typeof statement === 'string') return unfit('NO_MATCHING_SIGNATURE', statement);
  if (statement.predicateType !== COSIGN_SIGN_PREDICATE) {
    return unfit(
      'FORMAT_NOT_READ',
      `is an attestation of type ${statement.predicateType}, not a signature`,
    );
  }
  const subject = statement.subjects.find(({ sha256 }) => `sha256:${sha256}` === digest);
  if (subject === undefined) {
    return unfit('WRONG_DIGEST', `signature is for sha256:${statement.subjects[0]?.sha256 ?? ''}`);
  }
  const signedBytes = dsse.preAuthEncoding(entity.payloadType, entity.payload);
  return { kind: 'claims', signedBytes, annotations: subject.annotations };
}

function unfit(reason: FailureReason, message: string): SignatureClaims {
  return { kind: 'unfit', reason, message };
}
