import type { CelType } from './cel-type.ts';

/** As messages and the checker's own tables write it. */
export function formatType({ kind, name, params }: CelType): string {
  if (kind === 'duration' || kind === 'timestamp') return kind;
  return params.length === 0 ? name : `${name}(${params.map(formatType).join(', ')})`;
}
