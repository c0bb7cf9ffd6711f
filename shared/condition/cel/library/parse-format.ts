import { ConditionError } from '../../condition-error.ts';

export type FormatVerb = 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o';

/** A place in a format that a value is written to. */
export interface FormatClause {
  readonly verb: FormatVerb;
  /** Undefined where none is given. */
  readonly precision: number | undefined;
}

const CLAUSE = /%(?:%|(?:\.(\d+))?([sdfebxXo]))|%|[^%]+/g;

/**
 * Texts, and places for values, in their order.
 * @throws {ConditionError} INVALID_ARGUMENT for a percent sign that begins neither.
 */
export function parseFormat(text: string): readonly (string | FormatClause)[] {
  return Array.from(text.matchAll(CLAUSE), ([found, precision, verb]) => {
    if (found === '%%') return '%';
    if (verb !== undefined)
      return {
        verb: verb as FormatVerb,
        precision: precision === undefined ? undefined : Number(precision),
      };
    if (found !== '%') return found;
    throw new ConditionError('INVALID_ARGUMENT', 'could not parse formatting clause');
  });
}
