/**
 * A key of a pattern: a plain field, or a field in an anchor (Kyverno 1.19).
 *
 * - `condition` `(k)`: where the value does not fit, the element is not judged.
 * - `global` `<(k)`: where the value does not fit, the rule is not for the object.
 * - `equality` `=(k)`: where the field is there, it has to fit.
 * - `negation` `X(k)`: the field must not be there.
 * - `existence` `^(k)`: at least one element of the list has to fit.
 * - `add` `+(k)`: of mutate rules; means nothing in a pattern.
 */
export type AnchorKind =
  'none' | 'condition' | 'global' | 'equality' | 'negation' | 'existence' | 'add';

export interface AnchorKey {
  readonly anchor: AnchorKind;
  readonly name: string;
}

const KINDS: ReadonlyMap<string, AnchorKind> = new Map<string, AnchorKind>([
  ['', 'condition'],
  ['<', 'global'],
  ['=', 'equality'],
  ['X', 'negation'],
  ['^', 'existence'],
  ['+', 'add'],
]);

/** Splits a pattern's key into anchor and field name. */
export function parseAnchorKey(key: string): AnchorKey {
  const [, sign, name] = /^([+<=X^])?\((.+)\)$/.exec(key.trim()) ?? [];
  const anchor = name === undefined ? undefined : KINDS.get(sign ?? '');
  return name === undefined || anchor === undefined
    ? { anchor: 'none', name: key }
    : { anchor, name };
}
