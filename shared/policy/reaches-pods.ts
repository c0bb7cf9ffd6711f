import { wildcardMatches } from '../base/wildcard.ts';
import type { KindPattern, ResourceFilter, Rule } from './model.ts';

/**
 * Whether a rule is for Pods of a namespace, or was generated from one that is: it has its say when a workload's
 * Pods are made.
 */
export function reachesPods(rule: Rule, namespace: string): boolean {
  const { combine, filters } = rule.writtenMatch ?? rule.selection.match;
  const takes = (filter: ResourceFilter): boolean => takesPods(filter, namespace);
  return combine === 'any' ? filters.some(takes) : filters.every(takes);
}

function takesPods({ kinds, namespaces }: ResourceFilter, namespace: string): boolean {
  return (
    (kinds.length === 0 || kinds.some(isPod)) &&
    (namespaces.length === 0 || namespaces.some((pattern) => wildcardMatches(pattern, namespace)))
  );
}

function isPod({ group, kind, subresource }: KindPattern): boolean {
  return (
    wildcardMatches(group, '') && wildcardMatches(kind, 'Pod') && wildcardMatches(subresource, '')
  );
}
