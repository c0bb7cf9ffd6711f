import { repositoryName } from '../image/format-reference.ts';
import type { RevocationChecker } from '../notation/revocation.ts';
import type { AttestorSet, NotationAttestor } from '../policy/model.ts';
import type { Accepted, Rejected } from './evidence.ts';
import { judgeNotation } from './judge-notation.ts';
import { signersOf } from './judge-signer.ts';
import type { ByRepository } from './material.ts';
import type { NotationMaterial } from './notation-store.ts';
import type { ResolvedImage } from './resolved-image.ts';

export type NotationResults = ReadonlyMap<NotationAttestor, readonly (Accepted | Rejected)[]>;

/** What Notary Project signatures are judged by besides the policy. */
export interface NotationContext {
  readonly image: ResolvedImage;
  /** Milliseconds. */
  readonly now: number;
  /** Without one, certificates that could be revoked leave the answer open. */
  readonly revocation: RevocationChecker | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Judges an image's Notary Project signatures for every attestor that reads them. */
export async function notationResults(
  sets: readonly AttestorSet[],
  material: ByRepository<NotationMaterial>,
  { image, ...context }: NotationContext,
): Promise<NotationResults> {
  const repository = repositoryName(image.reference);
  const results = notationAttestors(sets).map(async (attestor) => {
    const { items: signatures, target } = material.get(attestor.repository) ?? NOTHING;
    if (target === undefined) return [attestor, []] as const;
    const judged = await judgeNotation(attestor, { ...context, signatures, target, repository });
    return [attestor, judged] as const;
  });
  return new Map(await Promise.all(results));
}

const NOTHING = { items: [], target: undefined } as const;

/** The attestors of these sets that read Notary Project signatures, nested ones included. */
export function notationAttestors(sets: readonly AttestorSet[]): readonly NotationAttestor[] {
  return sets
    .flatMap(({ entries }) => signersOf(entries))
    .filter((signer) => signer.kind === 'notation');
}
