import { createHash, type KeyObject, sign } from 'node:crypto';
import { dsse } from '@sigstore/core';
import type { Digest } from '#shared/base/digest.ts';
import type { JsonValue } from '#shared/base/json-value.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '#shared/signature/in-toto-statement.ts';
import type { SigningKey } from './private-key.ts';

/** What is said about an image. */
export interface StatementContent {
  readonly digest: Digest;
  readonly predicateType: string;
  readonly predicate: JsonValue;
  /** Pairs that the signed subject carries. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Media type of the bundles that are written; readers from cosign 2.4 on know it. */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** A Sigstore bundle with a signed in-toto statement in a DSSE envelope, as cosign 3 makes it with a key. */
export function makeBundle(
  { privateKey, publicKey }: SigningKey,
  { digest, predicateType, predicate, annotations }: StatementContent,
): Buffer {
  const [algorithm = '', hex = ''] = digest.split(':');
  const hasAnnotations = Object.keys(annotations).length > 0;
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { [algorithm]: hex }, ...(hasAnnotations ? { annotations } : {}) }],
    predicateType,
    predicate,
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const signed = dsse.preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, payload);
  const signature = sign(hashOf(privateKey), signed, privateKey);
  const spki = publicKey.key.export({ format: 'der', type: 'spki' });
  const bundle = {
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: {
      publicKey: { hint: createHash('sha256').update(spki).digest('base64') },
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: IN_TOTO_PAYLOAD_TYPE,
      signatures: [{ sig: signature.toString('base64') }],
    },
  };
  return Buffer.from(JSON.stringify(bundle));
}

/** `cosign verify --key` takes SHA-256 for every key unless it is told otherwise; Ed25519 has its own. */
function hashOf({ asymmetricKeyType }: KeyObject): string | null {
  return asymmetricKeyType === 'ed25519' ? null : 'sha256';
}
