import type { CelVariables } from '../condition/cel/cel-program.ts';
import { ConditionError } from '../condition/condition-error.ts';
import { EvaluationBudget } from '../condition/evaluation-budget.ts';
import type { MatchCondition, Policy } from '../policy/model.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Doubt } from './match-unknown.ts';
import { requestVariable } from './request-variable.ts';

/**
 * Whether the conditions of a policy hold for the request. As for webhooks of Kubernetes, one that is false
 * decides whatever is wrong with the others; else what is wrong is a doubt, unless the policy's
 * `failurePolicy` is to ignore it.
 */
export function matchConditionsHold(
  { matchConditions = [], failurePolicy }: Policy,
  request: AdmissionRequest,
): boolean | Doubt {
  if (matchConditions.length === 0) return true;
  const budget = new EvaluationBudget();
  const variables = {
    object: request.object ?? null,
    oldObject: request.oldObject ?? null,
    request: requestVariable(request),
  };
  const answers = matchConditions.map((condition) => evaluate(condition, variables, budget));
  if (answers.includes(false)) return false;
  const problems = answers.filter((answer) => typeof answer === 'string');
  if (problems.length === 0) return true;
  return failurePolicy === 'Ignore' ? false : { reason: problems.join('; '), transient: false };
}

/** A text says what is wrong. */
function evaluate(
  { name, program }: MatchCondition,
  variables: CelVariables,
  budget: EvaluationBudget,
): boolean | string {
  try {
    const value = program.evaluate(variables, budget);
    return typeof value === 'boolean'
      ? value
      : `match condition "${name}" is neither true nor false`;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return `match condition "${name}": ${error.message}`;
  }
}
