import type { PolicyException } from '#shared/policy/exception.ts';
import type { Policy } from '#shared/policy/model.ts';

/** All policies in force at one moment; swapped whole, never changed. */
export interface PolicySet {
  readonly policies: readonly Policy[];
  readonly exceptions: readonly PolicyException[];
  /** Whether any rule of any policy can refuse anything: if not, nothing is refused. */
  readonly enforcing: boolean;
}

export function createPolicySet(
  policies: readonly Policy[],
  exceptions: readonly PolicyException[] = [],
): PolicySet {
  return { policies, exceptions, enforcing: policies.some(canRefuse) };
}

function canRefuse(policy: Policy): boolean {
  return policy.rules.some(
    ({ action }) =>
      action.mode === 'enforce' || action.overrides.some(({ mode }) => mode === 'enforce'),
  );
}
