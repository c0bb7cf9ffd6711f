import { RegistryError, type RegistryErrorCode } from '../registry/registry-error.ts';
import type { DiscoveredSignatures, SignedEntity } from './signed-entity.ts';

export type Findings = DiscoveredSignatures;

/** A signature, the reason why something is none, or the findings of a part. */
export type Finding = SignedEntity | string | Findings;

/** What a search reads: a place where signatures are listed, or one thing that is listed there. */
export type SearchStep = 'place' | 'item';

/**
 * Registry answers that settle the matter. An item that is broken is broken for everybody; a place that
 * cannot be read may only look so from here (a proxy's web page), and something may well be there.
 */
const SETTLED: Readonly<Record<SearchStep, ReadonlySet<RegistryErrorCode>>> = {
  place: new Set(['NOT_FOUND', 'TOO_LARGE']),
  item: new Set(['NOT_FOUND', 'TOO_LARGE', 'DIGEST_MISMATCH', 'MALFORMED']),
};

/**
 * Runs one step of a search. A reason becomes an oddity, and so does a registry's answer that settles the
 * matter; any other registry trouble becomes a problem, which keeps the verdict "unknown".
 */
export async function gather(
  where: string,
  step: SearchStep,
  search: () => Promise<readonly Finding[]>,
): Promise<Findings> {
  try {
    return mergeFindings((await search()).map((finding) => toFindings(where, finding)));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (SETTLED[step].has(error.code)) return toFindings(where, error.message);
    return { entities: [], oddities: [], problems: [error] };
  }
}

export function mergeFindings(parts: readonly Findings[]): Findings {
  return {
    entities: parts.flatMap(({ entities }) => entities),
    oddities: parts.flatMap(({ oddities }) => oddities),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

function toFindings(where: string, finding: Finding): Findings {
  if (typeof finding === 'string')
    return { entities: [], oddities: [{ source: where, message: finding }], problems: [] };
  if ('entities' in finding) return finding;
  return { entities: [finding], oddities: [], problems: [] };
}
