import { listVariables, type PlacedVariable } from '../condition/variables/list-variables.ts';
import { rootNames } from '../condition/jmespath/root-names.ts';
import type { Fields } from './fields.ts';
import type { RuleContext } from './rule-context.ts';

/** `element`, `elementIndex`, and both with the number of their loop. */
const ELEMENT = /^element(?:Index)?\d*$/;

/**
 * Reports variables that only a `foreach` has where there is none: they never have a value, and Kyverno
 * refuses the policy. In the message of a rule with a `foreach` they have one, but not for Kyverno.
 */
export function elementFaults(validate: Fields, dialect: RuleContext['dialect']): void {
  const hasLoop = validate.has('foreach');
  for (const key of ['message', 'pattern', 'anyPattern', 'deny']) {
    if (hasLoop && dialect === 'own') continue;
    const why = hasLoop
      ? 'Kyverno refuses it here, write it in the message of a condition'
      : 'it has a value only in a "foreach"';
    for (const { path, text } of listVariables(
      validate.json(key),
      validate.at(key),
    ).variables.filter(readsElement))
      validate.faultAt(path, 'error', `found the variable "${text}": ${why}`);
  }
}

function readsElement({ expression }: PlacedVariable): boolean {
  return expression !== undefined && [...rootNames(expression)].some((name) => ELEMENT.test(name));
}
