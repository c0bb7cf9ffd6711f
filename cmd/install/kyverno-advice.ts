import type { Kube } from '#shared/kube/kube.ts';
import type { Policy } from '#shared/policy/model.ts';
import { readPolicy } from '#shared/policy/read-policy.ts';
import { POLICY_TYPES } from '../cluster/policy-types.ts';

const VALIDATING = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingwebhookconfigurations',
};

/** Kyverno names its webhook configurations `kyverno-…`. */
const KYVERNO_WEBHOOK = /^kyverno-/;

/**
 * Where Kyverno runs and demands digests in workloads, it judges the template as it is written; pinning
 * Pods alone comes too late for it. Answers with the names of such policies.
 */
export async function kyvernoDigestRules(kube: Kube): Promise<readonly string[]> {
  const webhooks = (await kube.list(VALIDATING)) ?? [];
  if (!webhooks.some(({ metadata }) => KYVERNO_WEBHOOK.test(metadata.name))) return [];
  const types = POLICY_TYPES.filter(({ group }) => group === 'kyverno.io');
  const lists = await Promise.all(types.map((type) => kube.list(type)));
  return lists
    .flatMap((objects) => objects ?? [])
    .flatMap((object) => {
      const policy = readPolicy(object)?.policy;
      return policy !== undefined && demandsDigests(policy) ? [policy.name] : [];
    });
}

function demandsDigests({ rules }: Policy): boolean {
  return rules.some(
    (rule) =>
      rule.kind === 'validate' &&
      rule.view === 'pod-template' &&
      JSON.stringify(rule.validation).includes('@sha256:'),
  );
}
