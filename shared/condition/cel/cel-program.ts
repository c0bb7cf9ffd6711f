import type { JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import { checkCel } from './check/check-cel.ts';
import type { Run } from './check/checked.ts';
import { declaredType, VARIABLE_TYPES, VARIABLES_TYPE } from './check/variable-types.ts';
import { parseCel } from './syntax/parse-cel.ts';
import { type CelType, DYN } from './type/cel-type.ts';
import { formatType } from './type/format-type.ts';
import { CelMap } from './value/cel-map.ts';
import type { CelValue } from './value/cel-value.ts';
import { fromJson, toJson } from './value/json.ts';

/** Values by name; what is not given is unknown. */
export interface CelVariables {
  readonly object?: JsonValue;
  readonly oldObject?: JsonValue;
  readonly request?: JsonValue;
  readonly namespaceObject?: JsonValue;
  readonly params?: JsonValue;
  /** What other expressions gave. */
  readonly variables?: ReadonlyMap<string, CelValue>;
}

/** Longer than any published expression; reading takes time in proportion. Characters. */
const MAX_LENGTH = 16_384;

/** What an expression may name beside Kubernetes' variables. */
export interface CelNames {
  /** Whether the rule says which objects `params` are. */
  readonly hasParams?: boolean;
  /** The types of the expressions below `variables`, by name; undefined for one that is faulty. */
  readonly variables?: ReadonlyMap<string, CelType | undefined>;
}

/** A compiled expression. */
export class CelProgram {
  readonly text: string;
  /** Of what it gives; `dyn` where only the evaluation shows it. */
  readonly resultType: CelType;
  readonly #run: Run;

  constructor(text: string, resultType: CelType, run: Run) {
    this.text = text;
    this.resultType = resultType;
    this.#run = run;
  }

  /** `bool`, `list(string)`, … */
  get type(): string {
    return formatType(this.resultType);
  }

  /**
   * The value of the expression.
   * @throws {ConditionError} TOO_EXPENSIVE beyond the budget, UNRESOLVED_VARIABLE for fields that are not
   * there, INVALID_ARGUMENT for values that a function or operator cannot take.
   */
  value(variables: CelVariables, budget: EvaluationBudget): CelValue {
    return this.#evaluate(() =>
      this.#run({ variable: lookup(variables), locals: undefined, budget }),
    );
  }

  /**
   * The value as JSON.
   * @throws {ConditionError} as {@link value} does; INVALID_ARGUMENT for times, addresses, … too.
   */
  evaluate(variables: CelVariables, budget: EvaluationBudget): JsonValue {
    const value = this.value(variables, budget);
    return this.#evaluate(() => toJson(value));
  }

  #evaluate<Result>(evaluate: () => Result): Result {
    try {
      return evaluate();
    } catch (cause) {
      if (!(cause instanceof ConditionError) || cause.code === 'TOO_EXPENSIVE') throw cause;
      throw about('evaluate', this.text, cause);
    }
  }
}

/**
 * Compiles an expression of the Common Expression Language as Kubernetes 1.36 has it for admission, with its
 * variables and libraries.
 * @throws {ConditionError} SYNTAX where it is none, UNRESOLVED_VARIABLE where it names what is not there
 * (`authorizer`, and `params` without parameters, too), UNSUPPORTED where it does not fit together.
 */
export function compileCel(text: string, names: CelNames = {}): CelProgram {
  if (text.length > MAX_LENGTH)
    throw new ConditionError(
      'SYNTAX',
      `Cannot read CEL expression: found ${text.length} characters, expected at most ${MAX_LENGTH}`,
    );
  const node = attempt('read', text, () => parseCel(text));
  const { type, run } = attempt('use', text, () => checkCel(node, typesOf(names)));
  return new CelProgram(text, type, run);
}

function typesOf({ hasParams = false, variables }: CelNames): Map<string, CelType> {
  const fields = new Map<string, CelType>();
  for (const [name, type] of variables ?? [])
    fields.set(name, type === undefined ? DYN : declaredType(type));
  return new Map([
    ...VARIABLE_TYPES,
    ['variables', { kind: 'struct', name: VARIABLES_TYPE, params: [], fields }],
    ...(hasParams ? ([['params', DYN]] as const) : []),
  ]);
}

function attempt<Result>(what: string, text: string, step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    throw error instanceof ConditionError ? about(what, text, error) : error;
  }
}

function about(what: string, text: string, cause: ConditionError): ConditionError {
  const message = `Cannot ${what} CEL expression ${quote(text)}: ${cause.message}`;
  return new ConditionError(cause.code, message, { cause });
}

/** Most expressions look at one of the variables only: each is converted when it is looked at. */
function lookup(variables: CelVariables): (name: string) => CelValue | undefined {
  const { variables: composed, ...given } = variables;
  const converted = new Map<string, CelValue | undefined>();
  const values = new Map(Object.entries(given));
  return (name) => {
    if (name === 'variables') return new CelMap(composed ?? []);
    const value = values.get(name);
    const known = converted.get(name) ?? (value === undefined ? undefined : fromJson(value));
    converted.set(name, known);
    return known;
  };
}

/** Longer expressions say no more in a message than their start. */
const MAX_QUOTED = 80;

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}
