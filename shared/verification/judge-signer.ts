import type { Attestor } from '../policy/model.ts';
import type { EntityEvidence } from './entity-evidence.ts';
import type { Accepted, Evidence, Rejected } from './evidence.ts';
import { judgeCertificate } from './judge-certificate.ts';
import { judgeKey } from './judge-key.ts';

/** An attestor that names a signer, as opposed to a set of further attestors. */
export type SignerAttestor = Exclude<Attestor, { kind: 'nested' }>;

/** Whether one signature satisfies one attestor. */
export function judgeSigner(
  item: EntityEvidence,
  attestor: SignerAttestor,
  evidence: Evidence,
): Accepted | Rejected {
  switch (attestor.kind) {
    case 'key':
      return judgeKey(item, attestor, evidence);
    case 'keyless':
    case 'certificate':
      return judgeCertificate(item, attestor, evidence);
  }
}

/** The signers that sets of attestors name, nested ones included. */
export function signersOf(attestors: readonly Attestor[]): readonly SignerAttestor[] {
  return attestors.flatMap((attestor) =>
    attestor.kind === 'nested' ? signersOf(attestor.set.entries) : [attestor],
  );
}
