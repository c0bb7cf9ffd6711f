import { stringAt } from '../base/json-value.ts';
import { wildcardMatches } from '../base/wildcard.ts';
import { textsAt, type Written, writtenList } from './written.ts';

/** Namespaces that overrides give both actions, which Kyverno refuses whatever their order (Kyverno 1.19). */
export function conflictingActions(
  owner: Written,
  key: string,
): readonly (readonly [path: string, message: string])[] {
  const overrides = writtenList(owner, key);
  return overrides.flatMap((override, index) => {
    const clash = overrides
      .slice(0, index)
      .filter((earlier) => actionOf(earlier) !== actionOf(override))
      .flatMap((earlier) => overlap(namespacesOf(earlier), namespacesOf(override)))
      .at(0);
    if (clash === undefined) return [];
    const message = `"${clash}" with both actions, name each namespace once`;
    return [[`${override.path}.namespaces`, message] as const];
  });
}

function actionOf({ value }: Written): string {
  return stringAt(value, 'action')?.toLowerCase() ?? '';
}

function namespacesOf(override: Written): readonly string[] {
  return textsAt(override, 'namespaces').map(({ text }) => text);
}

function overlap(earlier: readonly string[], later: readonly string[]): readonly string[] {
  return later.filter((one) =>
    earlier.some((other) => wildcardMatches(one, other) || wildcardMatches(other, one)),
  );
}
