import { type JsonObject, member } from '../base/json-value.ts';
import { KubeError } from './kube-error.ts';
import type { Kube, ResourceName, ResourceType } from './kube.ts';

/** Whether a user may do something to an object. */
export interface AccessQuestion {
  readonly user: {
    readonly username: string;
    readonly uid: string;
    readonly groups: readonly string[];
    readonly extra: Readonly<Record<string, readonly string[]>>;
  };
  readonly verb: string;
  readonly object: ResourceName;
}

const REVIEWS: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
};

/**
 * Asks the API server's own authorizers, by a SubjectAccessReview.
 * @throws {KubeError} where they cannot be asked or do not say.
 */
export async function reviewAccess(
  kube: Kube,
  question: AccessQuestion,
  signal?: AbortSignal,
): Promise<boolean> {
  const review = await kube.create(REVIEWS, reviewOf(question), { signal });
  const allowed = member(member(review, 'status'), 'allowed');
  if (typeof allowed === 'boolean') return allowed;
  throw new KubeError(
    'SERVER_ERROR',
    `Cannot review access of "${question.user.username}": the server's answer says neither yes nor no`,
  );
}

function reviewOf({ user, verb, object }: AccessQuestion): JsonObject {
  const { username, uid, groups, extra } = user;
  const { group, version, resource, name, namespace } = object;
  return {
    apiVersion: `${REVIEWS.group}/${REVIEWS.version}`,
    kind: 'SubjectAccessReview',
    spec: {
      user: username,
      uid,
      groups,
      extra,
      resourceAttributes: {
        verb,
        group,
        version,
        resource,
        name,
        ...(namespace === undefined ? {} : { namespace }),
      },
    },
  };
}
