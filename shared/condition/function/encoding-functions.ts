import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { decodeBase64 } from '../../base/base64.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { Arguments } from './arguments.ts';
import type { FunctionEntry, FunctionGroup } from './function-entry.ts';

/** Encodings and hashes. */
export const ENCODING_FUNCTIONS: FunctionGroup = {
  base64_decode: { parameters: [['string']], call: decode },
  base64_encode: { parameters: [['string']], call: (args) => bytes(args).toString('base64') },
  md5: hash('md5'),
  sha1: hash('sha1'),
  sha256: hash('sha256'),
};

function bytes(args: Arguments): Buffer {
  return Buffer.from(args.text(0), 'utf8');
}

function hash(algorithm: string): FunctionEntry {
  return {
    parameters: [['string']],
    call: (args) => createHash(algorithm).update(bytes(args)).digest('hex'),
  };
}

/** Bytes that are no text are refused: as text, different ones could become equal. */
function decode(args: Arguments): string {
  const decoded = decodeBase64(args.text(0));
  if (decoded === undefined) throw new ArgumentFault('argument 1 is no base64');
  if (!isUtf8(decoded)) throw new ArgumentFault('argument 1 decodes to bytes that are no text');
  return decoded.toString('utf8');
}
