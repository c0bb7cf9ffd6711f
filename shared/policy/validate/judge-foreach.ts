import { isJsonObject, type JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../../condition/condition-error.ts';
import { elementScope } from '../../condition/element-scope.ts';
import { evaluateConditions } from '../../condition/evaluate-conditions.ts';
import { search } from '../../condition/jmespath/search.ts';
import type { ForeachValidation, Loop, LoopValidation } from '../validation.ts';
import { excerpt } from './excerpt.ts';
import type { ValidationFailure, ValidationOutcome } from './validation-outcome.ts';
import type { LoopSubject } from './validation-subject.ts';

/** Judges what stands in a loop. */
export type JudgeBody = (validation: LoopValidation, subject: LoopSubject) => ValidationOutcome;

/**
 * Judges every element of every loop (Kyverno 1.19): the first that fails decides. A list that is not there
 * is an empty one, and where nothing was judged the rule says nothing.
 *
 * Unlike in Kyverno a list that cannot be evaluated is never forgotten because of another that can.
 * @throws {ConditionError} where a variable has no value, except in preconditions.
 */
export function judgeForeach(
  { loops }: ForeachValidation,
  subject: LoopSubject,
  judgeBody: JudgeBody,
): ValidationOutcome {
  let judged = 0;
  let problem: ConditionError | undefined;
  for (const [index, loop] of loops.entries()) {
    const elements = elementsOf(loop, subject);
    if (elements instanceof ConditionError) {
      problem ??= elements;
      continue;
    }
    const outcome = judgeElements({ loop, index, elements }, subject, judgeBody);
    if (typeof outcome !== 'number') return outcome;
    judged += outcome;
  }
  if (problem !== undefined) throw problem;
  const { name } = subject.rule;
  return judged === 0
    ? { kind: 'skip', message: `rule ${name} found nothing to judge` }
    : { kind: 'pass', message: 'rule passed' };
}

/** The elements of a loop, none where the list is not there; an error where it has no value. */
function elementsOf(
  { list }: Loop,
  { scope, budget, clock, hosts }: LoopSubject,
): readonly JsonValue[] | ConditionError {
  try {
    const value = search(list, scope, { budget, clock, hosts, missing: 'fault' });
    return isList(value) ? value : [value];
  } catch (error) {
    if (!(error instanceof ConditionError) || error.code === 'TOO_EXPENSIVE') throw error;
    return error.code === 'UNRESOLVED_VARIABLE' ? [] : error;
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

interface LoopElements {
  readonly loop: Loop;
  /** Place of the loop among its siblings. */
  readonly index: number;
  readonly elements: readonly JsonValue[];
}

/** How many elements were judged and passed, or the first that did not. */
function judgeElements(
  { loop, index, elements }: LoopElements,
  subject: LoopSubject,
  judgeBody: JudgeBody,
): number | ValidationFailure {
  let passed = 0;
  for (const [place, element] of elements.entries()) {
    if (element === null) continue;
    const turn = { loop, element, place, name: `foreach[${index}] element ${place}` };
    const inside = enter(turn, subject);
    if (!meetsPreconditions(loop, inside)) continue;
    const outcome = judgeBody(loop.validation, inside);
    if (outcome.kind === 'fail') return within(outcome, turn, inside);
    if (outcome.kind === 'pass') passed += 1;
  }
  return passed;
}

interface Turn {
  readonly loop: Loop;
  readonly element: JsonValue;
  readonly place: number;
  readonly name: string;
}

function enter({ loop, element, place, name }: Turn, subject: LoopSubject): LoopSubject {
  const { nesting } = subject;
  const isMapping = isJsonObject(element);
  if (loop.elementScope === true && !isMapping)
    throw new ConditionError(
      'INVALID_ARGUMENT',
      `${loop.path}: cannot use elementScope=true for elements that are not maps, found ${excerpt(element)}`,
    );
  const turn = subject.turn === '' ? name : `${subject.turn}, ${name}`;
  const scope = elementScope(subject.scope, { element, index: place, nesting });
  return {
    ...subject,
    // Otherwise patterns are still for what they were for around this loop.
    target: isMapping && loop.elementScope !== false ? element : subject.target,
    scope: loop.context.length === 0 ? scope : subject.declare(loop.context, scope, turn),
    element,
    nesting: nesting + 1,
    turn,
  };
}

/** Kyverno leaves out elements whose preconditions cannot be evaluated; here only for fields that are not there. */
function meetsPreconditions({ preconditions }: Loop, subject: LoopSubject): boolean {
  if (preconditions.length === 0) return true;
  try {
    return evaluateConditions(preconditions, subject.scope, subject).holds;
  } catch (error) {
    if (error instanceof ConditionError && error.code === 'UNRESOLVED_VARIABLE') return false;
    throw error;
  }
}

/** Kyverno's words around the failure of an element, and which element it is. */
function within(
  { details, ...failure }: ValidationFailure,
  { loop, element }: Turn,
  { turn }: LoopSubject,
): ValidationFailure {
  const isInnermost = loop.validation.kind !== 'foreach';
  return {
    ...failure,
    message: `validation failure: ${failure.message}`,
    details: isInnermost ? [`${turn}: ${excerpt(element)}`, ...details] : details,
  };
}
