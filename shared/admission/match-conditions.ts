import type { CelVariables } from '../condition/cel/cel-program.ts';
import { ConditionError } from '../condition/condition-error.ts';
import type { EvaluationBudget } from '../condition/evaluation-budget.ts';
import type { MatchCondition, Policy } from '../policy/model.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Doubt } from './match-unknown.ts';
import { budgetFor } from './request-budget.ts';
import { requestVariable } from './request-variable.ts';

/**
 * Whether the conditions of a policy hold for the request. As for webhooks of Kubernetes, one that is false
 * decides whatever is wrong with the others; else what is wrong is a doubt, unless the policy's
 * `failurePolicy` is to ignore it and it is not the object that is too much.
 */
export function matchConditionsHold(
  { matchConditions = [], failurePolicy }: Policy,
  request: AdmissionRequest,
): boolean | Doubt {
  if (matchConditions.length === 0) return true;
  const budget = budgetFor(request);
  const variables = {
    object: request.object ?? null,
    oldObject: request.oldObject ?? null,
    request: requestVariable(request),
  };
  const answers = matchConditions.map((condition) => evaluate(condition, variables, budget));
  if (answers.includes(false)) return false;
  const problems = answers.filter((answer) => typeof answer === 'object');
  if (problems.length === 0) return true;
  if (failurePolicy === 'Ignore' && !problems.some(({ isOfObject }) => isOfObject)) return false;
  return { reason: problems.map(({ reason }) => reason).join('; '), transient: false };
}

interface Problem {
  readonly reason: string;
  /** Whoever writes the object can make it too expensive, so no policy's `failurePolicy` forgives that. */
  readonly isOfObject: boolean;
}

function evaluate(
  { name, program }: MatchCondition,
  variables: CelVariables,
  budget: EvaluationBudget,
): boolean | Problem {
  const title = `match condition "${name}"`;
  try {
    const value = program.evaluate(variables, budget);
    return typeof value === 'boolean'
      ? value
      : { reason: `${title} is neither true nor false`, isOfObject: false };
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return { reason: `${title}: ${error.message}`, isOfObject: error.code === 'TOO_EXPENSIVE' };
  }
}
