import { ConditionError } from '../../condition-error.ts';

/** An expression that names what is not there, or does not fit together. */
export function unsupported(why: string): ConditionError {
  return new ConditionError('UNSUPPORTED', why);
}
