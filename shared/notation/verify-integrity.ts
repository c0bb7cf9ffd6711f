import { chainProblem } from './certificate-chain.ts';
import { readCose } from './cose-envelope.ts';
import type { Envelope } from './envelope.ts';
import { readJws } from './jws-envelope.ts';
import { failure, isFailure, type NotationFailure } from './notation-reason.ts';
import { type NotationPayload, readPayload } from './notation-payload.ts';
import { algorithmOfKey, verifyEnvelope } from './signature-algorithm.ts';

/** Layer media types of signature envelopes (signature-specification.md "Storage"). */
export type EnvelopeType = 'application/jose+json' | 'application/cose';

/** An envelope whose signature was made by the key of its first certificate. Nobody is trusted yet. */
export interface IntactEnvelope {
  readonly envelope: Envelope;
  readonly payload: NotationPayload;
}

/** Chain of four certificates, timestamp with its chain, base64: below 40 kB. */
export const MAX_ENVELOPE_BYTES: number = 128 * 1024;

const READERS: ReadonlyMap<string, (bytes: Buffer) => Envelope | NotationFailure> = new Map([
  ['application/jose+json' satisfies EnvelopeType, readJws],
  ['application/cose' satisfies EnvelopeType, readCose],
]);

/** Whether envelopes of a layer's media type are read here. */
export function isEnvelopeType(mediaType: string): mediaType is EnvelopeType {
  return READERS.has(mediaType);
}

/**
 * "Validate Integrity" of trust-store-trust-policy.md: the envelope is well-formed, its chain complete, its
 * algorithm the one of the signing key, and its signature verifies. Pure, bounded, and never throws.
 */
export function verifyIntegrity(
  mediaType: string,
  bytes: Buffer,
): IntactEnvelope | NotationFailure {
  const read = READERS.get(mediaType);
  if (read === undefined)
    return failure(
      'UNSUPPORTED_ENVELOPE',
      `the envelope is ${JSON.stringify(mediaType.slice(0, 120))}, expected ${[...READERS.keys()].join(' or ')}`,
    );
  if (bytes.length > MAX_ENVELOPE_BYTES)
    return failure('MALFORMED_ENVELOPE', `the envelope is larger than ${MAX_ENVELOPE_BYTES} bytes`);
  const envelope = read(bytes);
  if (isFailure(envelope)) return envelope;
  const problem = signatureProblem(envelope);
  if (problem !== undefined) return problem;
  const payload = readPayload(envelope.contentType, envelope.payload);
  return isFailure(payload) ? payload : { envelope, payload };
}

/** Cheap checks first: a signature costs less than a chain of them. */
function signatureProblem(envelope: Envelope): NotationFailure | undefined {
  const [leaf] = envelope.chain;
  const algorithm = leaf === undefined ? undefined : algorithmOfKey(leaf.publicKey);
  if (leaf === undefined || algorithm === undefined)
    return failure(
      'UNSUPPORTED_ALGORITHM',
      'the signing key is not RSA of 2048, 3072 or 4096 bits or ECDSA P-256, P-384 or P-521',
    );
  if (algorithm !== envelope.algorithm)
    return failure(
      'ALGORITHM_MISMATCH',
      `the envelope says ${envelope.algorithm.jws}, the signing key asks for ${algorithm.jws}`,
    );
  if (!verifyEnvelope(envelope.signedBytes, envelope.signature, leaf.publicKey))
    return failure(
      'INVALID_SIGNATURE',
      'the signature does not verify with the signing certificate',
    );
  const problem = chainProblem(envelope.chain, 'code-signing');
  return problem === undefined ? undefined : failure('INVALID_CERTIFICATE_CHAIN', problem);
}
