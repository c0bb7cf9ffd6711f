import { hasWildcard, wildcardMatches } from '../base/wildcard.ts';
import type { LabelSelector } from './model.ts';

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Kubernetes' label selector; as in Kyverno, keys and values of `matchLabels` may hold wildcards
 * (Kyverno 1.19).
 * @param matches compares with wildcards; whatever it throws is thrown.
 */
export function labelSelectorMatches(
  selector: LabelSelector,
  labels: Labels,
  matches: typeof wildcardMatches = wildcardMatches,
): boolean {
  const has = hasLabel(labels, matches);
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => has(key, value)) &&
    selector.matchExpressions.every((expression) => expressionHolds(expression, labels))
  );
}

function hasLabel(
  labels: Labels,
  matches: typeof wildcardMatches,
): (key: string, value: string) => boolean {
  return (key, value) =>
    hasWildcard(key) || hasWildcard(value)
      ? Object.entries(labels).some(([name, text]) => matches(key, name) && matches(value, text))
      : label(labels, key) === value;
}

function expressionHolds(
  expression: LabelSelector['matchExpressions'][number],
  labels: Labels,
): boolean {
  const value = label(labels, expression.key);
  switch (expression.operator) {
    case 'In':
      return value !== undefined && expression.values.includes(value);
    case 'NotIn':
      return value === undefined || !expression.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** Labels come from requests: only own properties count. */
function label(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
