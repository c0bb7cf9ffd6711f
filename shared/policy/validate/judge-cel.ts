import { isJsonObject, type JsonValue, stringAt } from '../../base/json-value.ts';
import type { CelProgram, CelVariables } from '../../condition/cel/cel-program.ts';
import type { CelValue } from '../../condition/cel/value/cel-value.ts';
import { ConditionError } from '../../condition/condition-error.ts';
import { NAMESPACE_ENTRY } from '../cel-context.ts';
import type { CelExpression, CelValidation, NamedProgram } from '../validation.ts';
import { excerpt } from './excerpt.ts';
import type { ValidationOutcome } from './validation-outcome.ts';
import type { CelAdmission, LoopSubject } from './validation-subject.ts';

/**
 * Judges by CEL (Kyverno 1.19, and the ValidatingAdmissionPolicy of Kubernetes that it follows): the first
 * expression that is not true decides, and one that cannot be evaluated is not true. With parameters that is so for each
 * of them, in their order; without any to find there is nothing to demand.
 * @throws {ConditionError} TOO_EXPENSIVE
 * @throws {PendingEntry} as the scope does.
 */
export function judgeCel(validation: CelValidation, subject: LoopSubject): ValidationOutcome {
  for (const params of parametersOf(validation, subject)) {
    const outcome = judgeOnce(validation, subject, params);
    if (outcome.kind !== 'pass') return outcome;
  }
  return { kind: 'pass', message: `Validation rule '${subject.rule.name}' passed.` };
}

/** What `params` stands for, one after the other; once undefined for a rule without. */
function parametersOf(
  { hasParams }: CelValidation,
  { scope }: LoopSubject,
): readonly (JsonValue | undefined)[] {
  if (!hasParams) return [undefined];
  const found = scope.lookup('params');
  if (Array.isArray(found)) return found as readonly JsonValue[];
  throw new ConditionError(
    'UNRESOLVED_VARIABLE',
    'Cannot evaluate CEL expressions on "params": the parameters are not known here',
  );
}

function judgeOnce(
  validation: CelValidation,
  subject: LoopSubject,
  params: JsonValue | undefined,
): ValidationOutcome {
  const { name } = subject.rule;
  const evaluation = new CelEvaluation(validation, subject, params);
  const problems: string[] = [];
  for (const condition of validation.preconditions) {
    const value = evaluation.value(condition.program);
    if (value === false) return { kind: 'skip', message: 'cel preconditions not met' };
    if (value !== true)
      problems.push(`precondition "${condition.name}": ${problemOf(value, 'true or false')}`);
  }
  if (problems.length > 0) return refusal(problems.join('; '), []);
  for (const expression of validation.expressions) {
    const value = evaluation.value(expression.program);
    if (value === true) continue;
    const text = expression.program.text.trim();
    if (value !== false)
      return refusal(
        `expression '${text}' resulted in error: ${problemOf(value, 'true or false')}`,
        [],
      );
    return refusal(messageOf(expression, evaluation, subject), [`expression: ${text}`]);
  }
  return { kind: 'pass', message: `Validation rule '${name}' passed.` };
}

function refusal(message: string, details: readonly string[]): ValidationOutcome {
  return { kind: 'fail', message, pointer: undefined, details };
}

/** The message that the object makes, the author's, the rule's, or else the expression. */
function messageOf(
  { program, message = '', messageProgram }: CelExpression,
  evaluation: CelEvaluation,
  { rule }: LoopSubject,
): string {
  const made = messageProgram === undefined ? undefined : evaluation.value(messageProgram);
  const candidates = [
    isMessage(made) ? made.trim() : '',
    message.trim(),
    rule.message?.trim() ?? '',
  ];
  return candidates.find((text) => text !== '') ?? `failed expression: ${program.text.trim()}`;
}

/** Kubernetes takes no longer ones from an expression, and none of several lines. Characters. */
const MAX_MESSAGE = 5120;

function isMessage(value: JsonValue | ConditionError | undefined): value is string {
  return typeof value === 'string' && value.length <= MAX_MESSAGE && !value.trim().includes('\n');
}

function problemOf(value: JsonValue | ConditionError, expected: string): string {
  return value instanceof ConditionError
    ? value.message
    : `found ${excerpt(value)}, expected ${expected}`;
}

/** The expressions of one rule on one object. */
class CelEvaluation {
  readonly #subject: LoopSubject;
  readonly #variables: CelVariables;

  constructor(validation: CelValidation, subject: LoopSubject, params: JsonValue | undefined) {
    this.#subject = subject;
    const { object, oldObject, request } = subject.admission ?? admissionOf(subject);
    const given: CelVariables = {
      object,
      oldObject: oldObject ?? null,
      request,
      namespaceObject: namespaceObject(validation, subject.scope, request),
      ...(params === undefined ? {} : { params }),
    };
    this.#variables = { ...given, variables: this.#compose(validation.variables, given) };
  }

  /** The value; an error where it has none. */
  value(program: CelProgram): JsonValue | ConditionError {
    return this.#attempt(() => program.evaluate(this.#variables, this.#subject.budget));
  }

  /** One that has no value is not there: only what uses it fails. */
  #compose(variables: readonly NamedProgram[], given: CelVariables): ReadonlyMap<string, CelValue> {
    const values = new Map<string, CelValue>();
    for (const { name, program } of variables) {
      const value = this.#attempt(() =>
        program.value({ ...given, variables: values }, this.#subject.budget),
      );
      if (!(value instanceof ConditionError)) values.set(name, value);
    }
    return values;
  }

  #attempt<Value>(evaluate: () => Value): Value | ConditionError {
    try {
      return evaluate();
    } catch (error) {
      if (!(error instanceof ConditionError) || error.code === 'TOO_EXPENSIVE') throw error;
      return error;
    }
  }
}

/** As in Kubernetes the objects are variables of their own only. */
function admissionOf({ object, scope }: LoopSubject): CelAdmission {
  const known = scope.lookup('request');
  const { object: _object, oldObject, ...request } = isJsonObject(known) ? known : {};
  return { object, oldObject: isJsonObject(oldObject) ? oldObject : undefined, request };
}

/**
 * The namespace of the object, null where it is in none. It may have to be fetched, so that only expressions
 * which need more of it than its name ask for it.
 * @throws {ConditionError} UNRESOLVED_VARIABLE where nobody has it: expressions would take what is not known
 * for what is not there.
 */
function namespaceObject(
  { context }: CelValidation,
  scope: LoopSubject['scope'],
  request: JsonValue,
): JsonValue {
  const name = stringAt(request, 'namespace') ?? '';
  if (name === '') return null;
  if (!context.some((entry) => entry.name === NAMESPACE_ENTRY)) return { metadata: { name } };
  const found = scope.lookup(NAMESPACE_ENTRY);
  if (found !== undefined) return found;
  throw new ConditionError(
    'UNRESOLVED_VARIABLE',
    'Cannot evaluate CEL expressions on "namespaceObject": the namespace is not known here',
  );
}
