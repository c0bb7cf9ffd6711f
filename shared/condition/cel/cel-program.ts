import { messageOf } from '../../base/coded-error.ts';
import type { JsonValue } from '../../base/json-value.ts';
import { ConditionError, type ConditionErrorCode } from '../condition-error.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import { type CEL_VARIABLES, createEnvironment, metered } from './cel-environment.ts';
import { fromCel, toCel } from './cel-value.ts';
import { withBudget } from './meter.ts';

/** Values by name; what is not given is unknown. */
export type CelVariables = Readonly<
  Partial<Record<(typeof CEL_VARIABLES)[number], JsonValue | undefined>>
>;

type Run = (variables: Readonly<Record<string, unknown>>) => unknown;

/** Longer than any published expression; parsing takes time in proportion. Characters. */
const MAX_LENGTH = 16_384;

const PLAIN = createEnvironment({ hasParams: false });

/** Made for the first rule with parameters: few have any. */
let withParams: typeof PLAIN | undefined;

/** What an expression may name beside Kubernetes' variables. */
export interface CelNames {
  /** Whether the rule says which objects `params` are. */
  readonly hasParams?: boolean;
}

/** A compiled expression. */
export class CelProgram {
  readonly text: string;
  /** `bool`, `string`, …, or `dyn` where only the evaluation shows it. */
  readonly type: string;
  readonly #run: Run;

  constructor(text: string, type: string, run: Run) {
    this.text = text;
    this.type = type;
    this.#run = run;
  }

  /**
   * The value of the expression.
   * @throws {ConditionError} TOO_EXPENSIVE beyond the budget, UNRESOLVED_VARIABLE for fields that are not
   * there, INVALID_ARGUMENT for values that a function or operator cannot take.
   */
  evaluate(variables: CelVariables, budget: EvaluationBudget): JsonValue {
    try {
      return withBudget(budget, () => fromCel(this.#run(asCel(variables))));
    } catch (cause) {
      if (cause instanceof ConditionError) throw cause;
      const code = CODES.get(String(codeOf(cause))) ?? 'INVALID_ARGUMENT';
      const message = `Cannot evaluate CEL expression ${quote(this.text)}: ${summaryOf(cause)}`;
      throw new ConditionError(code, message, { cause });
    }
  }
}

/**
 * Compiles an expression of the Common Expression Language with Kubernetes' variables.
 * @throws {ConditionError} SYNTAX where it is none, UNRESOLVED_VARIABLE where it names a variable that is not
 * there (`authorizer`, and `params` without parameters, too), UNSUPPORTED where it needs Kubernetes' own libraries or does not fit
 * together.
 */
export function compileCel(text: string, { hasParams = false }: CelNames = {}): CelProgram {
  if (text.length > MAX_LENGTH)
    throw new ConditionError(
      'SYNTAX',
      `Cannot read CEL expression: found ${text.length} characters, expected at most ${MAX_LENGTH}`,
    );
  const parsed = parse(text, hasParams ? (withParams ??= createEnvironment({ hasParams })) : PLAIN);
  const checked = parsed.check();
  if (checked.valid) return new CelProgram(text, checked.type ?? 'dyn', parsed);
  throw new ConditionError(
    CODES.get(String(codeOf(checked.error))) ?? 'UNSUPPORTED',
    `Cannot use CEL expression ${quote(text)}: ${summaryOf(checked.error)}`,
    { cause: checked.error },
  );
}

function parse(text: string, environment: typeof PLAIN): ReturnType<typeof PLAIN.parse> {
  try {
    // By itself first, so that nothing gets out of the brackets.
    environment.parse(text);
    return environment.parse(metered(text));
  } catch (cause) {
    throw new ConditionError(
      'SYNTAX',
      `Cannot read CEL expression ${quote(text)}: ${summaryOf(cause)}`,
      { cause },
    );
  }
}

/** Most expressions look at one of the variables only: each is converted when it is looked at. */
function asCel(variables: CelVariables): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    let converted: unknown;
    Object.defineProperty(result, name, { get: () => (converted ??= toCel(value)) });
  }
  return result;
}

const CODES: ReadonlyMap<string, ConditionErrorCode> = new Map([
  ['no_such_key', 'UNRESOLVED_VARIABLE'],
  ['unknown_variable', 'UNRESOLVED_VARIABLE'],
]);

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

/** One line; the message of a CEL error draws the expression below it. */
function summaryOf(cause: unknown): string {
  const summary = cause instanceof Error && 'summary' in cause ? cause.summary : undefined;
  return typeof summary === 'string' ? summary : messageOf(cause);
}

/** Longer expressions say no more in a message than their start. */
const MAX_QUOTED = 80;

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}
