import type { Certificate } from '../trust/certificate.ts';
import { type Identity, readIdentity } from '../trust/identity.ts';
import { identityMismatch, type IdentityRequirement } from '../trust/identity-match.ts';
import type { Rejected } from './evidence.ts';
import { problem } from './evidence-problem.ts';
import { rejectedFor, STAGE } from './rejection.ts';

export interface CheckedIdentity {
  readonly identity: Identity;
  /** Tells signers apart; undefined where the certificate names nobody. */
  readonly signer: string | undefined;
}

/**
 * Whether a trusted certificate is for somebody the policy wants.
 * @param wanted undefined where the policy does not ask; an empty list is never met (MUST-NOT-HAPPEN 11).
 */
export function checkIdentity(
  certificate: Certificate,
  wanted: readonly IdentityRequirement[] | undefined,
): CheckedIdentity | Rejected {
  const identity = identityOf(certificate);
  if (typeof identity === 'string')
    return rejectedFor(problem('IDENTITY_MALFORMED', identity), STAGE.identity);
  const signer = signerName(identity);
  if (wanted === undefined) return { identity, signer };
  const mismatches = wanted.map((requirement) => identityMismatch(identity, requirement));
  if (mismatches.includes(undefined)) return { identity, signer };
  const [nearest] = mismatches
    .flatMap((mismatch) => mismatch ?? [])
    .toSorted((a, b) => b.matched - a.matched);
  const message = `the signature verifies, but ${nearest?.message ?? 'the policy names no identity'}`;
  // Fewer than a hundred things can match, so that the stage stays below the next.
  const stage = STAGE.identity + (nearest?.matched ?? 0) / 100;
  return rejectedFor(problem('IDENTITY_MISMATCH', message), stage);
}

function signerName({ issuer, subjects }: Identity): string | undefined {
  if (subjects.length === 0) return undefined;
  const names = subjects.map(({ value }) => value).toSorted();
  return JSON.stringify([issuer ?? '', ...names]);
}

const identities = new WeakMap<Certificate, Identity | string>();

function identityOf(certificate: Certificate): Identity | string {
  const known = identities.get(certificate) ?? readIdentity(certificate);
  identities.set(certificate, known);
  return known;
}
