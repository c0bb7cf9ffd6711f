import type { CustomKind } from '#shared/policy/custom-kinds.ts';

/** Enough to find a policy by. */
const MAX_NAMES = 10;

/** A kind that is longer than any real one is known by its beginning; characters. */
const MAX_NAME_LENGTH = 80;

/** `Task, Run and 3 other kinds` */
export function kindNames(kinds: readonly Pick<CustomKind, 'kind'>[]): string {
  const names = [...new Set(kinds.map(({ kind }) => kind))];
  const shown = names
    .slice(0, MAX_NAMES)
    .map((name) => (name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name))
    .join(', ');
  const more = names.length - MAX_NAMES;
  return more > 0 ? `${shown} and ${more} other kinds` : shown;
}
