import type { CharacterSet } from './character-set.ts';

/** What a pattern makes of it: texts to choose from. */
export type TextPattern =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly TextPattern[] }
  | { readonly kind: 'choice'; readonly options: readonly TextPattern[] }
  /** In parentheses, which keep repetitions apart. */
  | { readonly kind: 'group'; readonly inside: TextPattern }
  | RepeatPattern;

export interface RepeatPattern {
  readonly kind: 'repeat';
  readonly inside: TextPattern;
  readonly min: number;
  /** Undefined for any number. */
  readonly max: number | undefined;
  /** Written in braces, and not as `*`, `+` or `?`. */
  readonly isCounted: boolean;
}
