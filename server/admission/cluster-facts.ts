import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { RequestFacts } from '#shared/admission/request-facts.ts';
import type { Clock } from '#shared/base/clock.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { NamespaceLabels } from '#shared/kube/namespace-labels.ts';
import { RoleBindings } from '#shared/kube/role-bindings.ts';
import type { Policy } from '#shared/policy/model.ts';
import { neededFacts } from '#shared/policy/needed-facts.ts';

/** What the cluster knows about requests; it is asked for nothing that no policy needs. */
export class ClusterFacts {
  readonly #namespaces: NamespaceLabels;
  readonly #bindings: RoleBindings;

  constructor(kube: Kube, options: { readonly clock: Clock; readonly signal: AbortSignal }) {
    this.#namespaces = new NamespaceLabels(kube, options);
    this.#bindings = new RoleBindings(kube, options);
  }

  /** Starts to follow what these policies need, before the first request asks. */
  prepare(policies: readonly Policy[]): void {
    const needed = neededFacts(policies);
    if (needed.namespaceLabels) this.#namespaces.start();
    if (needed.roles) this.#bindings.start();
  }

  of({ namespace, userInfo }: AdmissionRequest): RequestFacts {
    const { username = '', groups = [] } = userInfo ?? {};
    return {
      namespaceLabels: async (signal) => this.#namespaces.of(namespace, signal),
      roles: async (signal) => this.#bindings.rolesOf({ username, groups, namespace }, signal),
    };
  }
}
