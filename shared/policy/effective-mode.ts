import { wildcardMatches } from '../base/wildcard.ts';
import type { FailureAction, Mode } from './model.ts';

/**
 * What a failing rule does in this namespace: the first override that names it, else the rule's own mode
 * (Kyverno 1.19). An override without namespaces is for every namespace.
 */
export function effectiveMode(action: FailureAction, namespace: string): Mode {
  const override = action.overrides.find(
    ({ namespaces }) =>
      namespaces.length === 0 || namespaces.some((pattern) => wildcardMatches(pattern, namespace)),
  );
  return override?.mode ?? action.mode;
}
