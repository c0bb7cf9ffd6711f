import type { JsonObject } from '../../base/json-value.ts';
import type { UserRoles } from '../../policy/user-match.ts';
import type { AdmissionRequest, UserInfo } from '../admission-request.ts';

/**
 * `request` of expressions: the AdmissionRequest (`admission.k8s.io/v1`) with `roles` and `clusterRoles`
 * where they are known. On DELETE `request.object` is what is deleted (Kyverno 1.19).
 */
export function requestValue(request: AdmissionRequest, roles: UserRoles | undefined): JsonObject {
  const { operation, group, version, kind, namespace, name, subresource, dryRun } = request;
  const { object, oldObject, userInfo, review } = request;
  const stored = oldObject ?? null;
  return {
    ...review,
    operation,
    kind: { group, version, kind },
    ...given({ namespace, name, subResource: subresource }),
    dryRun,
    object: operation === 'DELETE' ? stored : (object ?? null),
    oldObject: stored,
    ...(userInfo === undefined ? {} : { userInfo: userValue(userInfo) }),
    ...rolesValue(roles),
  };
}

/** Kyverno leaves an empty list out, so that it has no value. */
function rolesValue(known: UserRoles | undefined): JsonObject {
  const { roles = [], clusterRoles = [] } = known ?? {};
  return {
    ...(roles.length === 0 ? {} : { roles }),
    ...(clusterRoles.length === 0 ? {} : { clusterRoles }),
  };
}

/** Fields that the API server leaves out where they are empty. */
function given(fields: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''));
}

function userValue({ username, uid, groups, extra }: UserInfo): JsonObject {
  return {
    ...given({ username, uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
