import { wildcardMatches } from '../base/wildcard.ts';
import { labelSelectorMatches, type Labels } from './label-selector.ts';
import type { ActionOverride, FailureAction, Mode } from './model.ts';
import type { Truth } from './truth.ts';

/** The namespace that a request is in. */
export interface RequestNamespace {
  readonly namespace: string;
  /** Undefined where they are not known. */
  readonly namespaceLabels: Labels | undefined;
}

/**
 * What a failing rule does in this namespace: the first override that names it, else the rule's own mode
 * (Kyverno 1.19). Unknown where that hangs on labels that are not known.
 */
export function effectiveMode(action: FailureAction, place: RequestNamespace): Mode | 'unknown' {
  if (action.overrides.length === 0) return action.mode;
  const candidates = new Set<Mode>();
  for (const override of action.overrides) {
    const holds = overrideHolds(override, place);
    if (holds !== false) candidates.add(override.mode);
    if (holds === true) return candidates.size > 1 ? 'unknown' : override.mode;
  }
  candidates.add(action.mode);
  return candidates.size > 1 ? 'unknown' : action.mode;
}

function overrideHolds(
  { namespaces, namespaceSelector }: ActionOverride,
  place: RequestNamespace,
): Truth {
  const isNamed =
    namespaces.length === 0 ||
    namespaces.some((pattern) => wildcardMatches(pattern, place.namespace));
  if (!isNamed || namespaceSelector === undefined) return isNamed;
  const labels = place.namespaceLabels;
  return labels === undefined ? 'unknown' : labelSelectorMatches(namespaceSelector, labels);
}
