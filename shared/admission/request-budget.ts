import { EvaluationBudget, MAX_EVALUATION_STEPS } from '../condition/evaluation-budget.ts';
import type { AdmissionRequest } from './admission-request.ts';

/**
 * What all rules together may cost for one request: a thousand rules as policies have them, and half a second of
 * hostile ones. A namespaced policy is for requests in its own namespace, so whoever uses it up harms nobody else.
 */
const MAX_REQUEST_STEPS = 10 * MAX_EVALUATION_STEPS;

const budgets = new WeakMap<AdmissionRequest, EvaluationBudget>();

/** The budget of one more rule for this request; it ends early where the others used up what there was. */
export function budgetFor(request: AdmissionRequest): EvaluationBudget {
  const whole = budgets.get(request) ?? new EvaluationBudget(MAX_REQUEST_STEPS);
  budgets.set(request, whole);
  return new EvaluationBudget(MAX_EVALUATION_STEPS, whole);
}
