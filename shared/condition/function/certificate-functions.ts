import { DerError } from '../../base/der.ts';
import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import type { Evaluation } from '../evaluation.ts';
import { decodePem } from '../x509/decode-pem.ts';
import { readCertificate } from '../x509/read-certificate.ts';
import { readRequest } from '../x509/read-request.ts';
import { X509Error } from '../x509/x509-error.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { Arguments } from './arguments.ts';
import type { FunctionGroup } from './function-entry.ts';

/** Functions on certificates. */
export const CERTIFICATE_FUNCTIONS: FunctionGroup = {
  x509_decode: { parameters: [['string']], call: decode },
};

/** A certificate with long lists of names has a few thousand bytes. */
const MAX_BYTES = 32 * 1024;

/** What PEM can hold, by its label. */
const READERS: ReadonlyMap<string, (der: Buffer) => JsonObject> = new Map([
  ['CERTIFICATE', readCertificate],
  ['CERTIFICATE REQUEST', readRequest],
]);

/** The fields of a certificate, or of a request for one, with an RSA key (Kyverno 1.19). */
function decode(args: Arguments, { budget }: Evaluation): JsonValue {
  const block = decodePem(args.text(0));
  if (block === undefined) throw new ArgumentFault('failed to decode PEM block');
  const read = READERS.get(block.label);
  if (read === undefined)
    throw new ArgumentFault('PEM block neither contains a CERTIFICATE or CERTIFICATE REQUEST');
  const { length } = block.bytes;
  if (length > MAX_BYTES)
    throw new ArgumentFault(`the certificate has ${length} bytes, expected at most ${MAX_BYTES}`);
  // A modulus is written as decimal digits, which takes time with the square of its length.
  budget.spend(length + Math.ceil(length ** 2 / 4096));
  try {
    return read(block.bytes);
  } catch (cause) {
    if (!(cause instanceof DerError || cause instanceof X509Error)) throw cause;
    throw new ArgumentFault(cause.message, { cause });
  }
}
