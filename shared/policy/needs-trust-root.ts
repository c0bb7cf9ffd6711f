import type { Attestor, AttestorSet, Policy } from './model.ts';

/** Whether judging by this policy can take a trust root: policies that bring every key themselves need none. */
export function needsTrustRoot(policy: Pick<Policy, 'rules'>): boolean {
  const entries = policy.rules.flatMap((rule) =>
    rule.kind === 'verify-images' ? rule.entries : [],
  );
  return entries.some(({ attestors, attestations = [] }) =>
    [...attestors, ...attestations.flatMap((attestation) => attestation.attestors)].some(ofSet),
  );
}

function ofSet({ entries }: AttestorSet): boolean {
  return entries.some(ofAttestor);
}

function ofAttestor(attestor: Attestor): boolean {
  switch (attestor.kind) {
    case 'nested':
      return ofSet(attestor.set);
    case 'notation':
      return false;
    case 'key':
    case 'key-reference':
      return attestor.log.kind === 'required' && attestor.log.publicKeys.length === 0;
    case 'keyless':
    case 'certificate':
      // Without one, roots, logs and timestamp authorities would all have to be in the policy.
      return true;
  }
}
