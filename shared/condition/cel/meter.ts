import type { EvaluationBudget } from '../evaluation-budget.ts';

/** A node of a parsed expression. */
export interface CelNode {
  readonly op: string;
  readonly args: unknown;
  evaluate(evaluator: CelEvaluator, node: CelNode, context: unknown): unknown;
}

/** What evaluates nodes: every node but the first is evaluated by a call of `run`. */
export interface CelEvaluator {
  run(node: CelNode, context: unknown): unknown;
}

/** A method that is called in place of the evaluator's own. */
export type CelMethod = (receiver: unknown, args: readonly unknown[]) => unknown;

/** Characters of a text, and elements of a list, that are made in a step. */
const CHARACTERS_A_STEP = 64;
const ELEMENTS_A_STEP = 8;

/** `time.getHours('Europe/Zurich')` looks up the history of the time zone. */
const TIME_ZONE_METHOD = /^get[A-Z]/;
const TIME_ZONE_STEPS = 500;

/** The evaluation that is going on; it is synchronous, so there is only one. */
let current: { readonly budget: EvaluationBudget; failure: Error | undefined } | undefined;

/**
 * Lets `evaluate` take steps from the budget.
 * @throws {ConditionError} TOO_EXPENSIVE, also where the expression went on without the part that was.
 */
export function withBudget<Result>(budget: EvaluationBudget, evaluate: () => Result): Result {
  const mine: NonNullable<typeof current> = { budget, failure: undefined };
  current = mine;
  try {
    const result = evaluate();
    if (mine.failure !== undefined) throw mine.failure;
    return result;
  } catch (error) {
    throw mine.failure ?? error;
  } finally {
    current = undefined;
  }
}

/** Pays for a text of so many characters before it is made. */
export function spendText(characters: number): void {
  spend(characters / CHARACTERS_A_STEP);
}

/** `||`, `&&` and loops go on after an error, so what was too much is kept in mind. */
function spend(steps: number): void {
  if (current === undefined) return;
  try {
    current.budget.spend(steps);
  } catch (error) {
    if (error instanceof Error) current.failure ??= error;
    throw error;
  }
}

const metered = new WeakSet<CelEvaluator>();

/** Makes an evaluator pay for each step, and call these methods, by name, in place of its own. */
export function meter(evaluator: CelEvaluator, methods: ReadonlyMap<string, CelMethod>): void {
  if (metered.has(evaluator)) return;
  metered.add(evaluator);
  evaluator.run = (node, context) => {
    spend(1);
    const call = methodCall(node, methods);
    const value =
      call === undefined
        ? node.evaluate(evaluator, node, context)
        : call.method(
            evaluator.run(call.receiver, context),
            call.args.map((arg) => evaluator.run(arg, context)),
          );
    if (typeof value === 'string' || value instanceof Uint8Array) spendText(value.length);
    if (Array.isArray(value)) spend(value.length / ELEMENTS_A_STEP);
    return value;
  };
}

interface MethodCall {
  readonly method: CelMethod;
  readonly receiver: CelNode;
  readonly args: readonly CelNode[];
}

function methodCall(
  node: CelNode,
  methods: ReadonlyMap<string, CelMethod>,
): MethodCall | undefined {
  if (!isMethodCall(node)) return undefined;
  const [name, receiver, args] = node.args;
  if (args.length > 0 && TIME_ZONE_METHOD.test(name)) spend(TIME_ZONE_STEPS);
  const method = methods.get(name);
  return method === undefined ? undefined : { method, receiver, args };
}

interface MethodCallNode extends CelNode {
  readonly args: readonly [string, CelNode, readonly CelNode[]];
}

function isMethodCall(node: CelNode): node is MethodCallNode {
  return node.op === 'rcall' && Array.isArray(node.args);
}
