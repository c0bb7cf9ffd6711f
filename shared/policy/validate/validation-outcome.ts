/** What a `validate` rule makes of an object; the messages are Kyverno's. */
export type ValidationOutcome =
  | { readonly kind: 'pass'; readonly message: string }
  /** The rule is not for this object, or found nothing to judge. */
  | { readonly kind: 'skip'; readonly message: string }
  | ValidationFailure;

export interface ValidationFailure {
  readonly kind: 'fail';
  readonly message: string;
  /** JSON pointer into the judged object; undefined where no single field can be named. */
  readonly pointer: string | undefined;
  /** What Kyverno does not say: which element of which loop, which comparison. */
  readonly details: readonly string[];
}
