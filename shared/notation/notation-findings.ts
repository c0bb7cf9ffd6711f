import { RegistryError, type RegistryErrorCode } from '../registry/registry-error.ts';
import type { NotationFindings } from './notation-signature.ts';

/** Answers about the content itself: the item is bad for everybody, not just out of reach for us. */
const CONTENT_CODES: ReadonlySet<RegistryErrorCode> = new Set([
  'NOT_FOUND',
  'TOO_LARGE',
  'DIGEST_MISMATCH',
  'MALFORMED',
]);

export function mergeFindings<Item>(
  parts: readonly NotationFindings<Item>[],
): NotationFindings<Item> {
  return {
    items: parts.flatMap(({ items }) => items),
    oddities: parts.flatMap(({ oddities }) => oddities),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

export function oddity<Item>(source: string, message: string): NotationFindings<Item> {
  return { items: [], oddities: [{ source, message }], problems: [] };
}

/**
 * Runs one part of a search. A registry's answer about the content becomes an oddity, any other registry
 * trouble a problem (MUST-NOT-HAPPEN 32).
 */
export async function searchPart<Item>(
  where: string,
  search: () => Promise<NotationFindings<Item>>,
): Promise<NotationFindings<Item>> {
  try {
    return await search();
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (CONTENT_CODES.has(error.code)) return oddity(where, error.message);
    return { items: [], oddities: [], problems: [error] };
  }
}
