import { wildcardMatches } from '../base/wildcard.ts';
import type { ResourceFilter, Rule } from './model.ts';

/** Whether a rule is for Pods, or was generated from one that is: it has its say when a workload's Pods are made. */
export function reachesPods({ view, selection: { match } }: Rule): boolean {
  if (view === 'pod-template') return true;
  return match.combine === 'any' ? match.filters.some(takesPods) : match.filters.every(takesPods);
}

function takesPods({ kinds }: ResourceFilter): boolean {
  return (
    kinds.length === 0 ||
    kinds.some(
      ({ group, kind, subresource }) =>
        wildcardMatches(group, '') &&
        wildcardMatches(kind, 'Pod') &&
        wildcardMatches(subresource, ''),
    )
  );
}
