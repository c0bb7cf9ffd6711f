import type { PolicyException } from '#shared/policy/exception.ts';
import { admissionPolicies, backgroundPolicies } from '#shared/policy/background-rules.ts';
import type { Policy } from '#shared/policy/model.ts';

/** All policies in force at one moment; swapped whole, never changed. */
export interface PolicySet {
  readonly policies: readonly Policy[];
  /** Those that are asked at admission. */
  readonly atAdmission: readonly Policy[];
  /** Those that judge what is there already, with the rules that do so. */
  readonly inBackground: readonly Policy[];
  readonly exceptions: readonly PolicyException[];
  /** Whether any rule of any of these can refuse anything: if not, nothing is refused. */
  readonly enforcing: boolean;
}

export function createPolicySet(
  policies: readonly Policy[],
  exceptions: readonly PolicyException[] = [],
): PolicySet {
  const atAdmission = admissionPolicies(policies);
  return {
    policies,
    atAdmission,
    inBackground: backgroundPolicies(policies),
    exceptions,
    enforcing: atAdmission.some(canRefuse),
  };
}

function canRefuse(policy: Policy): boolean {
  return policy.rules.some(
    ({ action }) =>
      action.mode === 'enforce' || action.overrides.some(({ mode }) => mode === 'enforce'),
  );
}
