import type { Fields } from './fields.ts';
import type { LabelSelector } from './model.ts';

/** Kubernetes takes no other values in `matchExpressions`, and no wildcards there. */
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Reads a label selector of Kubernetes, `key` naming the field that holds it. */
export function readLabelSelector(parent: Fields, key: string): LabelSelector | undefined {
  const selector = parent.object(key);
  if (selector === undefined) return undefined;
  const matchLabels = selector.stringMap('matchLabels');
  const matchExpressions = selector
    .objects('matchExpressions')
    .flatMap((expression) => readExpression(expression) ?? []);
  selector.end();
  return { matchLabels, matchExpressions };
}

function readExpression(expression: Fields): LabelSelector['matchExpressions'][number] | undefined {
  const key = expression.string('key');
  const operator = expression.choice('operator', ['In', 'NotIn', 'Exists', 'DoesNotExist']);
  const values = expression.strings('values');
  expression.end();
  if (key === undefined || operator === undefined) {
    expression.fault('error', 'is not complete, expected "key" and "operator"');
    return undefined;
  }
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues !== values.length > 0)
    expression.fault('error', `${operator} ${needsValues ? 'needs' : 'takes no'} values`, 'values');
  if (!values.every((value) => LABEL_VALUE.test(value)))
    expression.fault(
      'error',
      'found a value that no label can have; wildcards are for matchLabels only',
      'values',
    );
  return { key, operator, values };
}
