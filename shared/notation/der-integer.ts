import { type Der, DerError } from './der.ts';
import { expectTag, TAG } from './der-tag.ts';

/** An INTEGER as hexadecimal text of its content octets: for numbers that are only compared. @throws {DerError} */
export function integerHex(element: Der | undefined): string {
  const { content } = expectTag(element, TAG.integer);
  if (content.length === 0) throw new DerError('an integer is empty');
  return content.toString('hex');
}

/** A small non-negative INTEGER. @throws {DerError} */
export function smallInteger(element: Der | undefined): number {
  const { content } = expectTag(element, TAG.integer);
  if (content.length === 0 || content.length > 4 || (content[0] ?? 0) >= 0x80)
    throw new DerError('expected a small number');
  return content.readUIntBE(0, content.length);
}
