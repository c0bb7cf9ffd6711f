import type { Digest } from '../base/digest.ts';
import {
  COSIGN_SIGN_PREDICATE,
  IN_TOTO_PAYLOAD_TYPE,
  readStatement,
} from '../signature/in-toto-statement.ts';
import type {
  SignedDigest,
  SignedEntity,
  SignedEnvelope,
  SignedMessage,
} from '../signature/signed-entity.ts';
import { readSimpleSigning } from '../signature/simple-signing.ts';
import { digestOf, envelopeBytes, manifestBytes, type SignedBytes } from './signed-bytes.ts';
import type { FailureReason } from './verdict.ts';

/** What a signed entity says about the digest, before asking who signed it. */
export type SignatureClaims =
  | {
      readonly kind: 'claims';
      readonly signedBytes: SignedBytes;
      readonly annotations: Readonly<Record<string, string>>;
      /** Set for a statement that is no signature of the image: its predicate type. */
      readonly attestation: string | undefined;
    }
  | { readonly kind: 'unfit'; readonly reason: FailureReason; readonly message: string };

/**
 * Binds an entity to the digest that is being admitted: the payload must name exactly this digest
 * (MUST-NOT-HAPPEN 2), and says whether it is a signature or an attestation (MUST-NOT-HAPPEN 15).
 */
export function readClaims(entity: SignedEntity, digest: Digest): SignatureClaims {
  switch (entity.kind) {
    case 'message':
      return readMessage(entity, digest);
    case 'dsse':
      return readEnvelope(entity, digest);
    case 'digest':
      return readDigest(entity, digest);
  }
}

function readMessage(entity: SignedMessage, digest: Digest): SignatureClaims {
  const claims = readSimpleSigning(entity.payload);
  if (typeof claims === 'string') return unfit('NO_MATCHING_SIGNATURE', claims);
  if (claims.digest !== digest) return unfit('WRONG_DIGEST', `signature is for ${claims.digest}`);
  return {
    kind: 'claims',
    signedBytes: { kind: 'bytes', bytes: entity.payload },
    annotations: claims.annotations,
    attestation: undefined,
  };
}

function readEnvelope(entity: SignedEnvelope, digest: Digest): SignatureClaims {
  if (entity.payloadType !== IN_TOTO_PAYLOAD_TYPE) {
    return unfit(
      'FORMAT_NOT_READ',
      `payload type "${entity.payloadType}" is not ${IN_TOTO_PAYLOAD_TYPE}`,
    );
  }
  const statement = entity.head ?? readStatement(entity.payload);
  if (typeof statement === 'string') return unfit('NO_MATCHING_SIGNATURE', statement);
  const { predicateType, subjects } = statement;
  const isSignature = predicateType === COSIGN_SIGN_PREDICATE;
  const subject = subjects.find(({ digests }) => digests.includes(digest));
  if (subject === undefined) {
    const what = isSignature ? 'signature' : `attestation of type ${predicateType}`;
    const [other = 'something without a digest'] = subjects[0]?.digests ?? [];
    return unfit('WRONG_DIGEST', `${what} is for ${other}`);
  }
  return {
    kind: 'claims',
    signedBytes: envelopeBytes(entity),
    annotations: subject.annotations,
    attestation: isSignature ? undefined : predicateType,
  };
}

/** The bundle's own digest is only a hint; one that contradicts what it is beside is refused all the same. */
function readDigest(entity: SignedDigest, digest: Digest): SignatureClaims {
  const signedBytes = manifestBytes(entity, digest);
  if (signedBytes === undefined)
    return unfit('FORMAT_NOT_READ', `signature is over the manifest ${digest}, which was not read`);
  const hint = entity.messageDigest;
  if (hint !== undefined && digestOf(signedBytes, hint.algorithm)?.equals(hint.digest) !== true)
    return unfit(
      'WRONG_DIGEST',
      `signature is for ${hint.algorithm}:${hint.digest.toString('hex')}`,
    );
  return { kind: 'claims', signedBytes, annotations: {}, attestation: undefined };
}

function unfit(reason: FailureReason, message: string): SignatureClaims {
  return { kind: 'unfit', reason, message };
}
