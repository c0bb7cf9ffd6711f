import { repositoryName } from '../image/format-reference.ts';
import {
  fetchNotationPredicate,
  type NotationAttestation,
} from '../notation/discover-notation-attestations.ts';
import type { NotationFindings } from '../notation/notation-signature.ts';
import { parseReference } from '../image/reference.ts';
import type { AttestationRequirement, NotationAttestor } from '../policy/model.ts';
import type { Accepted, Rejected } from './evidence.ts';
import { judgeNotation } from './judge-notation.ts';
import type { ByRepository } from './material.ts';
import {
  type NotationContext,
  notationAttestors,
  type NotationResults,
} from './notation-results.ts';
import { rejected, STAGE } from './rejection.ts';
import type { VerifiedStatement } from './verdict.ts';

type Results = readonly (Accepted | Rejected)[];

/**
 * Judges the attestations of one type that are signed with the Notary Project's formats, for every attestor
 * that reads them. What they say is fetched once somebody trusted signed them.
 * @throws {RegistryError} if what a good one says cannot be fetched.
 */
export async function notationAttestationResults(
  { attestors }: AttestationRequirement,
  found: ByRepository<NotationFindings<NotationAttestation>>,
  context: NotationContext,
): Promise<NotationResults> {
  const results = notationAttestors(attestors).map(async (attestor) => {
    const { items = [] } = found.get(attestor.repository) ?? {};
    const judged = items.map((attestation) => judgeAttestation(attestor, attestation, context));
    return [attestor, (await Promise.all(judged)).flat()] as const;
  });
  return new Map(await Promise.all(results));
}

async function judgeAttestation(
  attestor: NotationAttestor,
  attestation: NotationAttestation,
  { image, ...context }: NotationContext,
): Promise<Results> {
  const { target, signatures, type } = attestation;
  const repository = repositoryName(image.reference);
  const judged = await judgeNotation(attestor, {
    ...context,
    target,
    signatures: signatures.items,
    repository,
  });
  if (judged.length === 0)
    return [rejected('NO_SIGNATURES', `attestation ${target.digest} is not signed`, STAGE.format)];
  if (!judged.some(({ kind }) => kind === 'accepted')) return judged;
  const name = attestor.repository;
  const stored = name === undefined ? image.reference : parseReference(name);
  const search = { registry: image.registry, repository: stored, digest: image.digest };
  const statement = await statementOf(attestation, async () =>
    fetchNotationPredicate(search, attestation, { signal: context.signal }),
  );
  if (typeof statement === 'string')
    return [rejected('NO_ATTESTATIONS', `${target.digest}: ${statement}`, STAGE.annotations)];
  return judged.map((result) =>
    result.kind === 'rejected'
      ? result
      : { ...result, entity: statement, fact: { ...result.fact, predicateType: type } },
  );
}

/** One attestation is one statement, however many attestors it satisfies; kept as long as its evidence. */
const statements = new WeakMap<NotationAttestation, VerifiedStatement>();

async function statementOf(
  attestation: NotationAttestation,
  fetchPredicate: () => ReturnType<typeof fetchNotationPredicate>,
): Promise<VerifiedStatement | string> {
  const known = statements.get(attestation);
  if (known !== undefined) return known;
  const fetched = await fetchPredicate();
  if (typeof fetched === 'string') return fetched;
  const raced = statements.get(attestation);
  if (raced !== undefined) return raced;
  const statement = { predicateType: attestation.type, predicate: fetched.value };
  statements.set(attestation, statement);
  return statement;
}
