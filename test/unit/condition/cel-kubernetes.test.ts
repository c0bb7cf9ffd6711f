import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { JsonValue } from '#shared/base/json-value.ts';
import {
  compileCel,
  type CelProgram,
  type CelVariables,
} from '#shared/condition/cel/cel-program.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { describeCelValue } from './describe-cel-value.ts';

/** An expression that does not compile, one that cannot be evaluated, or the type and value of one that can. */
type Outcome = 'fault' | 'error' | readonly [type: string, value: JsonValue];

/**
 * What k8s.io/apiserver 0.36.3 makes of each expression: compiled as for admission, with Kyverno 1.19's `orValue`, and
 * evaluated on the variables of the first line.
 */
const [first = '', ...rows] = readFileSync(
  new URL('fixture/kubernetes-cel.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n');

const VARIABLES: CelVariables = { ...(JSON.parse(first) as CelVariables), oldObject: null };

function outcomeOf(text: string): Outcome {
  const program = attempt(() => compileCel(text));
  if (program === undefined) return 'fault';
  const value = attempt(() => program.value(VARIABLES, new EvaluationBudget()));
  return value === undefined ? 'error' : [program.type, describeCelValue(value)];
}

function attempt<Value extends CelProgram | ReturnType<CelProgram['value']>>(
  step: () => Value,
): Value | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof ConditionError) return undefined;
    throw error;
  }
}

/** Many small tests cost more than what they test. */
const BLOCK = 100;

for (let start = 0; start < rows.length; start += BLOCK) {
  const block = rows.slice(start, start + BLOCK);
  test(`CEL as Kubernetes evaluates it: rows ${start + 1} to ${start + block.length} of the fixture`, () => {
    const told = block.map((row) => JSON.parse(row) as readonly [string, Outcome]);
    assert.deepEqual(
      told.map(([text]) => [text, outcomeOf(text)]),
      told.map(([text, expected]) => [text, withoutUrls(expected)]),
    );
  });
}

/** Nothing writes a URL out, so that its parts tell it apart only. */
function withoutUrls(outcome: Outcome): Outcome {
  return JSON.parse(JSON.stringify(outcome).replaceAll(/"URL [^"]*"/g, '"URL"')) as Outcome;
}

/** Kubernetes has a value for these; nobody writes them, and what is not known is no reason to pass. */
const STRICTER: readonly (readonly [string, Outcome])[] = [
  ['{null: 1}', 'error'],
  ['{[1]: 1}', 'error'],
  ['{dyn(1): 1, dyn(1u): 2}', 'error'],
  ["-dyn(duration('1s'))", 'error'],
  ["duration('-9223372036854775808ns')", 'fault'],
  ['google.protobuf.Value{}', 'fault'],
  ['google.protobuf.Duration{seconds: 1}', 'fault'],
];

for (const [text, expected] of STRICTER) {
  test(`CEL is stricter than Kubernetes: ${text}`, () => {
    assert.equal(outcomeOf(text), expected);
  });
}
