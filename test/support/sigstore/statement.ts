import { dsse } from '@sigstore/core';
import type { Digest } from '#shared/base/digest.ts';
import type { Signer } from './signer.ts';

export const IN_TOTO = 'application/vnd.in-toto+json';
export const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

/** What a statement says; by default what `cosign sign` makes it say. */
export interface StatementOptions {
  readonly type?: 'https://in-toto.io/Statement/v1' | 'https://in-toto.io/Statement/v0.1';
  readonly predicateType?: string;
  /** `null` leaves the member out, as cosign 3.0.0 did. */
  readonly predicate?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Instead of the one subject that is meant. */
  readonly subjects?: readonly unknown[];
  readonly payloadType?: string;
}

/** The bytes of an in-toto statement about a digest. */
export function statement(digest: Digest, options: StatementOptions = {}): Buffer {
  const { annotations, predicate = {} } = options;
  const subject = {
    digest: { sha256: digest.replace('sha256:', '') },
    ...(annotations === undefined ? {} : { annotations }),
  };
  return Buffer.from(
    JSON.stringify({
      _type: options.type ?? 'https://in-toto.io/Statement/v1',
      subject: options.subjects ?? [subject],
      predicateType: options.predicateType ?? SIGN_PREDICATE,
      ...(predicate === null ? {} : { predicate }),
    }),
  );
}

/** JSON of a DSSE envelope with one signature. */
export interface EnvelopeJson {
  payload: string;
  payloadType: string;
  signatures: { sig: string; keyid?: string }[];
}

export interface SignedEnvelopeParts {
  readonly json: EnvelopeJson;
  readonly bytes: Buffer;
  readonly signature: Buffer;
  readonly signedBytes: Buffer;
}

/** Signs a payload as DSSE does. */
export function signEnvelope(
  payload: Buffer,
  signer: Signer,
  payloadType: string = IN_TOTO,
): SignedEnvelopeParts {
  const signedBytes = dsse.preAuthEncoding(payloadType, payload);
  const signature = signer.key.sign(signedBytes);
  const json = {
    payload: payload.toString('base64'),
    payloadType,
    signatures: [{ sig: signature.toString('base64') }],
  };
  return { json, bytes: Buffer.from(JSON.stringify(json)), signature, signedBytes };
}
