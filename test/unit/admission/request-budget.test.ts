import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetFor } from '#shared/admission/request-budget.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { MAX_EVALUATION_STEPS } from '#shared/condition/evaluation-budget.ts';
import { pod, requestFor } from '#test/support/admission/objects.ts';

const TOO_EXPENSIVE = (error: unknown): boolean =>
  error instanceof ConditionError && error.code === 'TOO_EXPENSIVE';

test('MNH-26 thousands of hostile rules together cost a request no more than ten do', () => {
  const request = requestFor(pod(['a.example/b:v1']));
  for (let rule = 0; rule < 10; rule += 1) {
    const budget = budgetFor(request);
    budget.spend(MAX_EVALUATION_STEPS);
    assert.throws(() => budget.spend(), TOO_EXPENSIVE);
  }
  for (let rule = 0; rule < 3; rule += 1)
    assert.throws(() => budgetFor(request).spend(), TOO_EXPENSIVE);
  budgetFor({ ...request }).spend(MAX_EVALUATION_STEPS);
});

test('a thousand rules that cost what published ones do are all evaluated', () => {
  const request = requestFor(pod(['a.example/b:v1']));
  for (let rule = 0; rule < 1000; rule += 1) budgetFor(request).spend(5000);
});
