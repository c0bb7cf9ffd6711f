import type { Attestor, AttestorSet } from '../policy/model.ts';
import type { EntityEvidence } from './entity-evidence.ts';
import type { Accepted, Evidence, Rejected } from './evidence.ts';
import { judgeCertificate } from './judge-certificate.ts';
import { judgeKey } from './judge-key.ts';
import { rejected, STAGE } from './rejection.ts';

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
    case 'key-reference':
      return unresolved(attestor.uri);
    case 'keyless':
    case 'certificate':
      return judgeCertificate(item, attestor, evidence);
    case 'notation':
      return rejected('FORMAT_NOT_READ', NOT_NOTATION, STAGE.format);
  }
}

/** Entities are Sigstore's formats; Notary Project signatures are judged apart. */
const NOT_NOTATION = 'the signature is not a Notary Project signature';

/** References are resolved before anything is judged; one that was not stands for no key at all. */
function unresolved(uri: string): Rejected {
  return rejected('KEY_UNAVAILABLE', `key ${uri} was not fetched`, STAGE.signature);
}

/** The signers that sets of attestors name, nested ones included. Sets live as long as their policy. */
export function signersOfSets(sets: readonly AttestorSet[]): readonly SignerAttestor[] {
  const known = signers.get(sets) ?? sets.flatMap(({ entries }) => signersOf(entries));
  signers.set(sets, known);
  return known;
}

const signers = new WeakMap<readonly AttestorSet[], readonly SignerAttestor[]>();

/** The signers among attestors, nested ones included. */
export function signersOf(attestors: readonly Attestor[]): readonly SignerAttestor[] {
  return attestors.flatMap((attestor) =>
    attestor.kind === 'nested' ? signersOf(attestor.set.entries) : [attestor],
  );
}
