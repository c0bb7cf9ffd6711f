import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { decodeBase64 } from '../../base/base64.ts';
import { ArgumentFault, textArgument } from './argument.ts';
import type { Argument, CallContext, FunctionEntry, FunctionGroup } from './function-entry.ts';

/** Encodings and hashes. */
export const ENCODING_FUNCTIONS: FunctionGroup = {
  base64_decode: { parameters: [['string']], call: decode },
  base64_encode: { parameters: [['string']], call: (args) => bytes(args).toString('base64') },
  md5: hash('md5'),
  sha1: hash('sha1'),
  sha256: hash('sha256'),
};

function bytes(args: readonly Argument[]): Buffer {
  return Buffer.from(textArgument(args, 0), 'utf8');
}

function hash(algorithm: string): FunctionEntry {
  return {
    parameters: [['string']],
    call: (args, { budget }) => {
      const content = bytes(args);
      budget.spend(Math.ceil(content.length / 64));
      return createHash(algorithm).update(content).digest('hex');
    },
  };
}

/** Bytes that are no text are refused: as text, different ones could become equal. */
function decode(args: readonly Argument[], { budget }: CallContext): string {
  const text = textArgument(args, 0);
  budget.spend(Math.ceil(text.length / 64));
  const decoded = decodeBase64(text);
  if (decoded === undefined) throw new ArgumentFault('argument 1 is no base64');
  if (!isUtf8(decoded)) throw new ArgumentFault('argument 1 decodes to bytes that are no text');
  return decoded.toString('utf8');
}
