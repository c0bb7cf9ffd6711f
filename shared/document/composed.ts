import type { JsonValue } from '../base/json-value.ts';
import type { DocumentErrorCode } from './document-error.ts';

/** Where a value stands, and where its parts do; offsets into the text. */
export interface Place {
  readonly offset: number;
  readonly children: ReadonlyMap<string | number, Place>;
}

/** A value with its place. */
export interface Composed {
  readonly value: JsonValue;
  readonly place: Place;
}

/** What is wrong at an offset; who catches it knows file and line. */
export class ComposeFault extends Error {
  readonly code: DocumentErrorCode;
  readonly offset: number;

  constructor(code: DocumentErrorCode, offset: number, why: string) {
    super(why);
    this.code = code;
    this.offset = offset;
  }
}
