import { RegistryError, type RegistryErrorCode } from '../registry/registry-error.ts';
import type { DiscoveredSignatures, SignedEntity } from './signed-entity.ts';

export type Findings = DiscoveredSignatures;

/** A signature, the reason why something is none, or the findings of a part. */
export type Finding = SignedEntity | string | Findings;

/** Answers about the content itself: the item is bad for everybody, not just unreachable for us. */
const CONTENT_CODES: ReadonlySet<RegistryErrorCode> = new Set([
  'NOT_FOUND',
  'TOO_LARGE',
  'DIGEST_MISMATCH',
  'MALFORMED',
]);

/**
 * Runs one part of a search. A reason becomes an oddity; a registry's answer about the content becomes an
 * oddity as well; any other registry trouble becomes a problem, which keeps the verdict "unknown".
 */
export async function gather(
  where: string,
  search: () => Promise<readonly Finding[]>,
): Promise<Findings> {
  try {
    return mergeFindings((await search()).map((finding) => toFindings(where, finding)));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (CONTENT_CODES.has(error.code)) return toFindings(where, error.message);
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
