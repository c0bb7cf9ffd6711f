import { wildcardMatches } from '../base/wildcard.ts';
import type { SubjectPattern, UserFilter } from './model.ts';
import { both, type Truth } from './truth.ts';

/** Who asks, as conditions see it. */
export interface MatchUser {
  readonly username: string;
  readonly groups: readonly string[];
  /** Undefined where not known. */
  readonly roles: UserRoles | undefined;
}

/** What is bound to a user. */
export interface UserRoles {
  /** `namespace:name` of Roles, in any namespace. */
  readonly roles: readonly string[];
  /** Names of ClusterRoles, bound in the whole cluster or in the namespace of the request. */
  readonly clusterRoles: readonly string[];
}

/** Whether the user meets all of the conditions (Kyverno 1.19); unknown where the roles are needed and not known. */
export function userMatches(filter: UserFilter, user: MatchUser): Truth {
  const { subjects } = filter;
  return both(
    subjects.length === 0 || subjects.some((pattern) => subjectMatches(pattern, user)),
    () => rolesMatch(filter, user),
  );
}

function rolesMatch({ roles, clusterRoles }: UserFilter, user: MatchUser): Truth {
  if (roles.length === 0 && clusterRoles.length === 0) return true;
  const bound = user.roles;
  if (bound === undefined) return 'unknown';
  return includesOne(roles, bound.roles) && includesOne(clusterRoles, bound.clusterRoles);
}

/** Roles are compared as they are, without wildcards (Kyverno 1.19). */
function includesOne(wanted: readonly string[], found: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((role) => found.includes(role));
}

function subjectMatches({ kind, name, namespace }: SubjectPattern, user: MatchUser): boolean {
  switch (kind) {
    case 'User':
      return wildcardMatches(name, user.username);
    case 'Group':
      return user.groups.some((group) => wildcardMatches(name, group));
    case 'ServiceAccount':
      return isServiceAccount(user.username, namespace, name);
  }
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Namespace and name each by itself, so that a wildcard in one never reaches into the other. */
function isServiceAccount(username: string, namespace: string, name: string): boolean {
  const [, itsNamespace, itsName] = SERVICE_ACCOUNT.exec(username) ?? [];
  return (
    itsNamespace !== undefined &&
    itsName !== undefined &&
    wildcardMatches(namespace, itsNamespace) &&
    wildcardMatches(name, itsName)
  );
}
