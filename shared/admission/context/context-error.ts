import { CodedError } from '../../base/coded-error.ts';

export type ContextErrorCode =
  /** There is nobody to ask. */
  | 'NO_SOURCE'
  /** Whoever was asked did not answer, and may soon; the cause says why. */
  | 'SOURCE_FAILED'
  /** Whoever was asked said no, or gave what cannot be used; asking again would not help. */
  | 'REFUSED'
  /** What was asked for does not exist, or an expression found nothing. */
  | 'NO_VALUE'
  /** Variables made something of a text that it must not be: no text, or a path that leads elsewhere. */
  | 'WRONG_VALUE'
  /** A namespaced policy asks for something outside its namespace, or for Secrets in it. */
  | 'OUTSIDE_NAMESPACE'
  /** More data than one rule may ask for. */
  | 'TOO_LARGE';

/** A `context` entry that has no value: what it was to decide is not known. */
export class ContextError extends CodedError<ContextErrorCode> {}
