import type { ResourceType } from '#shared/kube/kube.ts';

/** Where data that policies share lives; `install` brings its definition but never one of them. */
export const GLOBAL_ENTRY_TYPE: ResourceType & { readonly kind: string } = {
  group: 'kyverno.io',
  version: 'v2',
  resource: 'globalcontextentries',
  kind: 'GlobalContextEntry',
};

/** Where exceptions live; `install` brings their definition but never one of them. */
export const EXCEPTION_TYPE: ResourceType & { readonly kind: string } = {
  group: 'kyverno.io',
  version: 'v2',
  resource: 'policyexceptions',
  kind: 'PolicyException',
};

/** Where policies live in a cluster: each kind that `readPolicy` reads, with its REST resource. */
export const POLICY_TYPES: readonly (ResourceType & { readonly kind: string })[] = [
  { group: 'kyverno.io', version: 'v1', resource: 'clusterpolicies', kind: 'ClusterPolicy' },
  { group: 'kyverno.io', version: 'v1', resource: 'policies', kind: 'Policy' },
  {
    group: 'sign-policy.dev',
    version: 'v1alpha1',
    resource: 'clustersignpolicies',
    kind: 'ClusterSignPolicy',
  },
  { group: 'sign-policy.dev', version: 'v1alpha1', resource: 'signpolicies', kind: 'SignPolicy' },
];
