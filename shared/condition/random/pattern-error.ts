import { CodedError } from '../../base/coded-error.ts';

export type PatternErrorCode = 'MALFORMED_PATTERN';

/** Enough of a pattern to find the place. */
const MAX_QUOTED = 64;

/** Text that describes no texts, in Go's words. */
export class PatternError extends CodedError<PatternErrorCode> {
  constructor(what: string, where: string) {
    super('MALFORMED_PATTERN', `error parsing regexp: ${what}: \`${where.slice(0, MAX_QUOTED)}\``);
  }
}
