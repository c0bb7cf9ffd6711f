import type { Policy, ResourceFilter } from './model.ts';

/** What matching by a policy can take beside the request itself. */
export interface NeededFacts {
  /** Labels of the namespace. */
  readonly namespaceLabels: boolean;
  /** Who asks. */
  readonly user: boolean;
  /** Roles of who asks. */
  readonly roles: boolean;
}

/** Which facts requests will be asked for: what no policy needs is never fetched. */
export function neededFacts(policies: readonly Pick<Policy, 'rules'>[]): NeededFacts {
  const rules = policies.flatMap((policy) => policy.rules);
  const filters = rules.flatMap(({ selection: { match, exclude } }): readonly ResourceFilter[] => [
    ...match.filters,
    ...(exclude?.filters ?? []),
  ]);
  const overrides = rules.flatMap(({ action }) => action.overrides);
  return {
    namespaceLabels: [...filters, ...overrides].some(
      ({ namespaceSelector }) => namespaceSelector !== undefined,
    ),
    user: filters.some(({ user }) => user !== undefined),
    roles: filters.some(
      ({ user }) => user !== undefined && user.roles.length + user.clusterRoles.length > 0,
    ),
  };
}
