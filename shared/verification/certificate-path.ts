import type { Authority } from '../trust/authority.ts';
import { type Certificate, isIssuedBy } from '../trust/certificate.ts';
import { authorityProblem, type CertificatePurpose, signerProblem } from './certificate-usage.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';

/** A chain of signatures from a signer's certificate to an anchor of a trusted authority. */
export interface CertificatePath {
  /** The signer's first, the anchor last. */
  readonly certificates: readonly Certificate[];
  readonly authority: Authority;
}

export interface PathSearch {
  readonly authorities: readonly Authority[];
  /** Certificates that came with the signature: may link, are never trusted (a root among them is passed over). */
  readonly helpers: readonly Certificate[];
  readonly purpose: CertificatePurpose;
}

/** Signer, three intermediates, root: no signing PKI met in practice is deeper. */
const MAX_PATH = 5;

/** Paths through cross-signed authorities; one that is valid at the signing time suffices. */
const MAX_PATHS = 4;

/** A hostile set of look-alike intermediates costs this many signature checks an authority, no more. */
const MAX_STEPS = 10;

/**
 * Paths from a certificate to trusted anchors: signatures, authorities, purposes and constraints of every
 * element are checked; validity in time is {@link isPathValidAt}.
 * @returns why there is none where there is none.
 */
export function findPaths(
  leaf: Certificate,
  search: PathSearch,
): readonly CertificatePath[] | EvidenceProblem {
  const unfit = signerProblem(leaf, search.purpose);
  if (unfit !== undefined) return unfit;
  const state: SearchState = { paths: [], obstacle: undefined, steps: 0 };
  for (const authority of search.authorities) {
    state.steps = 0;
    const issuers = distinct([...authority.anchors, ...authority.intermediates, ...search.helpers]);
    extend([leaf], { authority, issuers, search, state });
  }
  if (state.paths.length > 0) return state.paths;
  return (
    state.obstacle ??
    problem('CERTIFICATE_UNTRUSTED', 'certificate was not issued by an authority that is trusted')
  );
}

/** Whether every certificate of the path, and the trust in its authority, covers this time (MUST-NOT-HAPPEN 14). */
export function isPathValidAt({ certificates, authority }: CertificatePath, time: number): boolean {
  return [authority.validFor, ...certificates.map(({ validity }) => validity)].every(
    ({ start, end }) => start <= time && time <= end,
  );
}

interface SearchState {
  readonly paths: CertificatePath[];
  /** The first reason why a chain of good signatures is no path: tells more than "untrusted". */
  obstacle: EvidenceProblem | undefined;
  steps: number;
}

interface SearchContext {
  readonly authority: Authority;
  /** Anchors before anything else; what came with the signature last. */
  readonly issuers: readonly Certificate[];
  readonly search: PathSearch;
  readonly state: SearchState;
}

/** The first of each: a copy that came along is not verified anew. */
function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  const known = new Map<string, Certificate>();
  for (const certificate of certificates)
    if (!known.has(certificate.fingerprint)) known.set(certificate.fingerprint, certificate);
  return [...known.values()];
}

/** Depth first. */
function extend(chain: readonly Certificate[], context: SearchContext): void {
  const { issuers, state } = context;
  const last = chain.at(-1);
  if (last === undefined || chain.length >= MAX_PATH) return;
  for (const issuer of issuers) {
    if (state.paths.length >= MAX_PATHS || state.steps >= MAX_STEPS) return;
    if (chain.includes(issuer) || !last.issuer.equals(issuer.subject)) continue;
    state.steps += 1;
    if (!isIssuedBy(last, issuer)) continue;
    follow([...chain, issuer], issuer, context);
  }
}

/** One step up, if the issuer may stand there. */
function follow(chain: readonly Certificate[], issuer: Certificate, context: SearchContext): void {
  const { authority, search, state } = context;
  const unfit = authorityProblem(issuer, search.purpose, chain.length - 2);
  state.obstacle ??= unfit;
  if (unfit !== undefined) return;
  if (authority.anchors.includes(issuer)) state.paths.push({ certificates: chain, authority });
  else extend(chain, context);
}
