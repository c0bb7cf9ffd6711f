import { createHash } from 'node:crypto';
import { DER_TAG } from '#shared/base/der.ts';
import { encodeDer } from '#shared/base/der-values.ts';

const VERSION = Buffer.of(DER_TAG.integer, 1, 1);

/** AlgorithmIdentifier of SHA-256; the NULL is what older authorities expect (RFC 5754 §2). */
const SHA256 = Buffer.from('300d06096086480165030402010500', 'hex');

/** certReq TRUE: with the authority's certificate in it, a timestamp can be verified with its root alone. */
const WITH_CERTIFICATE = Buffer.of(DER_TAG.boolean, 1, 0xff);

/** A TimeStampReq over bytes (RFC 3161 §2.4.1). It needs no nonce: a signature is stamped once. */
export function timestampQuery(bytes: Buffer): Buffer {
  const digest = createHash('sha256').update(bytes).digest();
  const imprint = encodeDer(DER_TAG.sequence, [SHA256, encodeDer(DER_TAG.octetString, [digest])]);
  return encodeDer(DER_TAG.sequence, [VERSION, imprint, WITH_CERTIFICATE]);
}
