import { type CelProgram, compileCel } from '../condition/cel/cel-program.ts';
import { ConditionError } from '../condition/condition-error.ts';
import type { Fields } from './fields.ts';
import type { MatchCondition } from './model.ts';

/** Kubernetes takes no more for a webhook. */
const MAX_CONDITIONS = 64;

/** Reads conditions in CEL, in the form that Kubernetes' webhook configurations have. */
export function readMatchConditions(parent: Fields, key: string): readonly MatchCondition[] {
  const conditions = parent.objects(key);
  if (conditions.length > MAX_CONDITIONS)
    parent.fault(
      'error',
      `found ${conditions.length} conditions, expected at most ${MAX_CONDITIONS}`,
      key,
    );
  return conditions.flatMap((condition) => {
    const name = condition.string('name') ?? '';
    if (name === '') condition.fault('error', 'missing, expected a name', 'name');
    const program = readProgram(condition);
    condition.end();
    return program === undefined ? [] : [{ name, program }];
  });
}

function readProgram(condition: Fields): CelProgram | undefined {
  const text = condition.string('expression') ?? '';
  try {
    const program = compileCel(text);
    if (program.type === 'bool' || program.type === 'dyn') return program;
    condition.fault(
      'error',
      `found an expression of type ${program.type}, expected true or false`,
      'expression',
    );
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    const severity = error.code === 'UNSUPPORTED' ? 'unsupported' : 'error';
    condition.fault(severity, error.message, 'expression');
  }
  return undefined;
}
