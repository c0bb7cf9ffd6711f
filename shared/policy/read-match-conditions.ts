import type { CelNames } from '../condition/cel/cel-program.ts';
import type { Fields } from './fields.ts';
import type { MatchCondition } from './model.ts';
import { readCelProgram } from './read-cel-program.ts';

/** Kubernetes takes no more for a webhook. */
const MAX_CONDITIONS = 64;

/** Reads conditions in CEL, in the form that Kubernetes' webhook configurations have. */
export function readMatchConditions(
  parent: Fields,
  key: string,
  names: CelNames = {},
): readonly MatchCondition[] {
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
    const program = readCelProgram(condition, 'expression', { type: 'bool', ...names });
    condition.end();
    return program === undefined ? [] : [{ name, program }];
  });
}
