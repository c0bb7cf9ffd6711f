import { CodedError } from '../base/coded-error.ts';
import type { Location } from './location.ts';

export type DocumentErrorCode =
  'SYNTAX' | 'DUPLICATE_KEY' | 'UNSUPPORTED' | 'BAD_ALIAS' | 'TOO_LARGE' | 'TOO_MANY' | 'TOO_DEEP';

/** A text that is not the YAML or JSON it should be; says where, what was found and what was expected. */
export class DocumentError extends CodedError<DocumentErrorCode> {
  readonly origin: string;
  readonly location: Location | undefined;

  constructor(code: DocumentErrorCode, why: string, at: DocumentErrorPlace) {
    const place =
      at.location === undefined ? '' : `line ${at.location.line}, column ${at.location.column}: `;
    super(code, `Cannot read "${at.origin}": ${place}${why}`, { cause: at.cause });
    this.origin = at.origin;
    this.location = at.location;
  }
}

export interface DocumentErrorPlace {
  readonly origin: string;
  readonly location?: Location | undefined;
  readonly cause?: unknown;
}
