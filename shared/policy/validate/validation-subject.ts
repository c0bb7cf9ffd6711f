import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import type { Evaluation } from '../../condition/evaluation.ts';
import type { Scope } from '../../condition/scope.ts';
import type { ContextEntry } from '../context-entry.ts';

/** What a `validate` rule is evaluated on. */
export interface ValidationSubject extends Evaluation {
  /** The object, or the pod that its template makes: what patterns are about. */
  readonly object: JsonObject;
  /** What CEL sees, which has no request with objects in it, and no part of an object; else what the scope knows. */
  readonly admission?: CelAdmission;
  /** JSON pointer of it in the whole object, for messages: empty, or `/spec/template`. */
  readonly pointer: string;
  /** The rule's variables. Its `request.object` is best the same value as `object`: elements are found by identity. */
  readonly scope: Scope;
  /** Leaves messages as their authors wrote them. */
  readonly plainMessages?: boolean;
  /**
   * Adds the context entries of a `foreach`, for one of its elements. `turn` tells one element of one loop
   * from all others: entries that were fetched for it are found again when evaluation starts anew.
   */
  readonly declare: (entries: readonly ContextEntry[], below: Scope, turn: string) => Scope;
}

/** A request as Kubernetes' expressions see it. */
export interface CelAdmission {
  readonly object: JsonObject;
  readonly oldObject: JsonObject | undefined;
  readonly request: JsonObject;
}

/** A subject inside the loops that lead to it. */
export interface LoopSubject extends ValidationSubject {
  readonly rule: RuleText;
  /** What patterns are for: an element, where a loop made it so, else the object. */
  readonly target: JsonObject;
  /** Element of the innermost loop; undefined outside of loops. */
  readonly element: JsonValue | undefined;
  /** How many loops there are around. */
  readonly nesting: number;
  /** Which element of which loop this is; empty outside of loops. */
  readonly turn: string;
}

/** What messages say of a rule. */
export interface RuleText {
  readonly name: string;
  readonly message: string | undefined;
}
