import type { EvaluationBudget } from '../../evaluation-budget.ts';
import type { CelType } from '../type/cel-type.ts';
import type { CelValue } from '../value/cel-value.ts';

/** A name that a loop or `optMap` gives. */
export interface Local {
  readonly name: string;
  readonly value: CelValue;
  readonly outer: Local | undefined;
}

/** What an evaluation sees and may cost. */
export interface Frame {
  /** Undefined for a variable without a value. */
  readonly variable: (name: string) => CelValue | undefined;
  readonly locals: Local | undefined;
  readonly budget: EvaluationBudget;
}

/**
 * Evaluates a part of an expression.
 * @throws {ConditionError}
 */
export type Run = (frame: Frame) => CelValue;

/** A part of an expression whose types fit together. */
export interface Checked {
  /** May still be open; the checker resolves it. */
  readonly type: CelType;
  readonly run: Run;
  /** Whether it is a literal, or one that is converted: Kubernetes evaluates it beforehand. */
  readonly isConstant?: boolean;
  /** Of a list that is written out: the types of its elements. */
  readonly elements?: readonly CelType[];
}

/** The frame with one more name. */
export function withLocal(frame: Frame, name: string, value: CelValue): Frame {
  return { ...frame, locals: { name, value, outer: frame.locals } };
}
