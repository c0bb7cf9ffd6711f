import type { Policy } from './model.ts';

/** What messages and reports call a policy: `name`, `namespace/name` for one of a namespace (Kyverno 1.19). */
export function policyKey({ namespace, name }: Pick<Policy, 'namespace' | 'name'>): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
