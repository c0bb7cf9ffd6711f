import { CodedError } from '../base/coded-error.ts';

export type ConditionErrorCode =
  /** Not an expression; the message says where. */
  | 'SYNTAX'
  /** A function got an argument that it cannot take. */
  | 'INVALID_ARGUMENT'
  /** Valid in Kyverno, but nothing that a decision here can rest on. */
  | 'UNSUPPORTED'
  /** A name that nothing has. */
  | 'UNRESOLVED_VARIABLE'
  /** A variable that needs itself. */
  | 'CIRCULAR_VARIABLE'
  /** A host whose addresses cannot be found out now. */
  | 'LOOKUP_FAILED'
  /** More work than one evaluation may be. */
  | 'TOO_EXPENSIVE';

/** An expression that gives no value: what it was to decide is not known. */
export class ConditionError extends CodedError<ConditionErrorCode> {}
