import type { JsonValue } from '../base/json-value.ts';
import type { CelProgram } from '../condition/cel/cel-program.ts';
import type { Conditions } from '../condition/condition.ts';
import type { Expression } from '../condition/jmespath/expression.ts';
import type { ContextEntry } from './context-entry.ts';

/** What a `validate` rule demands, in the language that its author chose. */
export type Validation =
  PatternValidation | AnyPatternValidation | DenyValidation | ForeachValidation | CelValidation;

/** The languages that may stand in a `foreach`. */
export type LoopValidation = Exclude<Validation, CelValidation>;

/** The object must fit. Texts and keys may hold variables. */
export interface PatternValidation {
  readonly kind: 'pattern';
  readonly pattern: JsonValue;
}

/** The object must fit one of them. */
export interface AnyPatternValidation {
  readonly kind: 'any-pattern';
  readonly patterns: readonly JsonValue[];
}

/** The object must not be so; without conditions it never may. */
export interface DenyValidation {
  readonly kind: 'deny';
  readonly conditions: Conditions;
}

/** All that the loops go over must hold. */
export interface ForeachValidation {
  readonly kind: 'foreach';
  readonly loops: readonly Loop[];
}

export interface Loop {
  readonly path: string;
  readonly list: Expression;
  /** Whether patterns are for the element; undefined where that is so for mappings only. */
  readonly elementScope: boolean | undefined;
  /** Evaluated anew for each element. */
  readonly context: readonly ContextEntry[];
  /** Elements that do not meet them are not judged. */
  readonly preconditions: Conditions;
  readonly validation: LoopValidation;
}

/** All expressions must be true. */
export interface CelValidation {
  readonly kind: 'cel';
  /** `celPreconditions`: objects that do not meet them are not judged. */
  readonly preconditions: readonly NamedProgram[];
  /** Seen as `variables.name` by those below them and by the expressions. */
  readonly variables: readonly NamedProgram[];
  readonly expressions: readonly CelExpression[];
  /** Whether the rule has parameters: it is then judged once with each, as `params`. */
  readonly hasParams: boolean;
  /** What expressions name that has to be asked for. */
  readonly context: readonly ContextEntry[];
}

export interface NamedProgram {
  readonly name: string;
  readonly program: CelProgram;
}

export interface CelExpression {
  readonly program: CelProgram;
  /** Undefined for the rule's own. */
  readonly message: string | undefined;
  /** Gives the message where it gives one. */
  readonly messageProgram: CelProgram | undefined;
}
