import type { PlacedVariable } from './list-variables.ts';

/** Whether variables may name the roles of who asks, which have to be found out first. */
export function asksForRoles(variables: readonly PlacedVariable[]): boolean {
  return variables.some(({ text }) => /\b(?:roles|clusterRoles)\b/.test(text));
}
