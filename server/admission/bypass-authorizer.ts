import type { BypassAuthorizer } from '#shared/admission/bypass.ts';
import { reviewAccess } from '#shared/kube/access-review.ts';
import type { Kube } from '#shared/kube/kube.ts';

/** No verb of Kubernetes' own: nobody has it by having others. */
const VERB = 'bypass';

/** Kind of a policy → its REST resource. */
const RESOURCES: ReadonlyMap<string, string> = new Map([
  ['ClusterPolicy', 'clusterpolicies'],
  ['Policy', 'policies'],
  ['ClusterSignPolicy', 'clustersignpolicies'],
  ['SignPolicy', 'signpolicies'],
]);

/**
 * Lets the cluster's RBAC say who may bypass a policy: `bypass` on the policy object. For a policy of the
 * whole cluster only cluster-wide rights count, so that who rules a namespace does not rule over it.
 */
export function bypassAuthorizer(kube: Kube): BypassAuthorizer {
  return {
    async mayBypass(user, { apiVersion, kind, namespace, name }, signal) {
      const [group = '', version = ''] = apiVersion.split('/');
      const resource = RESOURCES.get(kind);
      if (resource === undefined) return false;
      const object = { group, version, resource, name, namespace };
      return reviewAccess(kube, { user, verb: VERB, object }, signal);
    },
  };
}
