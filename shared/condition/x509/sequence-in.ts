import { DER_TAG, derElements } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';
import { DerCursor } from './der-cursor.ts';

/** The elements of the SEQUENCE that an extension begins with; what follows it is passed over (Go). @throws {DerError} */
export function sequenceIn(value: Buffer): DerCursor {
  const [first] = derElements(value);
  return new DerCursor(expectTag(first, DER_TAG.sequence).contents);
}
