import { ConditionError } from '../../condition-error.ts';
import { typeNameOf } from '../value/type-name-of.ts';
import type { Frame, Run } from './checked.ts';

/** Making an error takes about as long as these steps. */
const STEPS_OF_AN_ERROR = 20;

/**
 * Combines terms of which each may decide alone, whatever is wrong with the others: `false` for `&&`, `true` for
 * `||`. Else what is wrong first is the result.
 * @throws {ConditionError}
 */
export class Logic {
  readonly #deciding: boolean;
  #error: ConditionError | undefined;

  constructor(deciding: boolean) {
    this.#deciding = deciding;
  }

  /** Whether a term decides. @throws {ConditionError} TOO_EXPENSIVE */
  decides(term: Run, frame: Frame): boolean {
    try {
      return requireBool(term, frame) === this.#deciding;
    } catch (error) {
      if (!(error instanceof ConditionError) || error.code === 'TOO_EXPENSIVE') throw error;
      frame.budget.spend(STEPS_OF_AN_ERROR);
      this.#error ??= error;
      return false;
    }
  }

  /** The result where no term decided. */
  undecided(): boolean {
    if (this.#error !== undefined) throw this.#error;
    return !this.#deciding;
  }
}

/** @throws {ConditionError} INVALID_ARGUMENT for another value. */
export function requireBool(run: Run, frame: Frame): boolean {
  const value = run(frame);
  if (typeof value === 'boolean') return value;
  throw new ConditionError('INVALID_ARGUMENT', `no such overload: ${typeNameOf(value)} is no bool`);
}
