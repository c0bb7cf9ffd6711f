import type { JsonValue } from '../base/json-value.ts';
import { ConditionError } from './condition-error.ts';
import type { Condition, ConditionBlock, Conditions } from './condition.ts';
import type { EvaluationBudget } from './evaluation-budget.ts';
import type { Evaluation } from './evaluation.ts';
import { holds } from './operator/holds.ts';
import type { Scope } from './scope.ts';
import { substitute } from './variables/substitute.ts';

/** One comparison as it was made, its variables replaced. */
export interface JudgedCondition extends Condition {
  readonly holds: boolean;
}

export interface ConditionOutcome {
  readonly holds: boolean;
  /** What the authors of the deciding conditions say, as Kyverno joins it; empty where they say nothing. */
  readonly message: string;
  /** The conditions that decided: those that held, or those of the failing block that did not. */
  readonly deciding: readonly JudgedCondition[];
}

/**
 * Judges conditions (Kyverno 1.19): blocks one after the other until one does not hold; in a block `any`
 * until one holds, and then `all` until one does not. What is not needed for that is not evaluated, and
 * so can't fail.
 * @throws {ConditionError} where a variable has no value: what the conditions would say is not known.
 * @throws {PendingEntry} as the scope does.
 */
export function evaluateConditions(
  conditions: Conditions,
  scope: Scope,
  evaluation: Evaluation,
): ConditionOutcome {
  return judgeBlocks(conditions, (condition) => judge(condition, scope, evaluation));
}

/**
 * As {@link evaluateConditions}, of conditions that hold no variables any more.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function compareConditions(
  conditions: Conditions,
  budget: EvaluationBudget,
): ConditionOutcome {
  return judgeBlocks(conditions, (condition) => ({
    ...condition,
    holds: holds(condition, budget),
  }));
}

type JudgeOne = (condition: Condition) => JudgedCondition;

function judgeBlocks(conditions: Conditions, judgeOne: JudgeOne): ConditionOutcome {
  const held: JudgedCondition[] = [];
  const messages: string[] = [];
  for (const block of conditions) {
    const outcome = judgeBlock(block, judgeOne);
    if (!outcome.holds) return outcome;
    held.push(...outcome.deciding);
    if (outcome.message !== '') messages.push(outcome.message);
  }
  return { holds: true, message: messages.join(';'), deciding: held };
}

function judgeBlock({ any, all }: ConditionBlock, judgeOne: JudgeOne): ConditionOutcome {
  const judged: JudgedCondition[] = [];
  const holdsAny = any === undefined || any.some((condition) => note(judgeOne(condition)));
  const holdsAll = all.every((condition) => note(judgeOne(condition)));
  const holdsBoth = holdsAny && holdsAll;
  const deciding = judged.filter((condition) => condition.holds === holdsBoth);
  const message = deciding.map(({ message }) => message).filter((text) => text !== '');
  return { holds: holdsBoth, message: message.join('; '), deciding };

  function note(condition: JudgedCondition): boolean {
    judged.push(condition);
    return condition.holds;
  }
}

function judge(condition: Condition, scope: Scope, evaluation: Evaluation): JudgedCondition {
  const side = (name: 'key' | 'value'): JsonValue => {
    try {
      return substitute(condition[name], scope, evaluation);
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      throw new ConditionError(
        error.code,
        `failed to substitute variables in condition ${name}: ${error.message}`,
        { cause: error },
      );
    }
  };
  const replaced = { ...condition, key: side('key'), value: side('value') };
  return { ...replaced, holds: holds(replaced, evaluation.budget) };
}
