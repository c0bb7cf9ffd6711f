import { Environment } from '@marcbachmann/cel-js';
import { CEL_METHODS } from './cel-methods.ts';
import { type CelEvaluator, type CelNode, meter } from './meter.ts';

/** The variables of Kubernetes' admission expressions that have a value here. */
export const CEL_VARIABLES = [
  'object',
  'oldObject',
  'request',
  'namespaceObject',
  'variables',
  'params',
] as const;

/** Parsed expressions are kept as long as their policy; published ones have some dozens of nodes. */
const LIMITS = { maxAstNodes: 2_000, maxDepth: 100 };

/** Has a value only where a rule says which objects its parameters are. */
const PARAMETERS = 'params';

/**
 * CEL with optional types and Kubernetes' variables; what {@link metered} wraps pays for its steps.
 * @param options.hasParams whether `params` may be named.
 */
export function createEnvironment({ hasParams }: { readonly hasParams: boolean }): Environment {
  const environment = new Environment({ enableOptionalTypes: true, limits: LIMITS });
  for (const variable of CEL_VARIABLES)
    if (hasParams || variable !== PARAMETERS) environment.registerVariable(variable, 'dyn');
  return environment
    .registerFunction('string.replace(string, string): string', replaced)
    .registerFunction('string.replace(string, string, int): string', replaced)
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction(`${METERED}(ast): dyn`, meteredMacro);
}

const METERED = 'metered';

/** The text of an expression, which must be a whole one, so that all of it pays. Lines keep a comment inside. */
export function metered(text: string): string {
  return `${METERED}(\n${text}\n)`;
}

/** Stands in for methods of {@link CEL_METHODS} where types are checked. */
function replaced(): never {
  throw new Error('replace() is evaluated elsewhere');
}

function charAt(text: string, index: bigint): string {
  if (index < 0n || index > BigInt(text.length))
    throw new RangeError(`charAt(${index}) is out of range`);
  return text.charAt(Number(index));
}

interface Checker {
  check(node: CelNode, context: unknown): unknown;
}

/** The evaluation of a macro gets hold of the evaluator. */
function meteredMacro({ args: [expression] }: { readonly args: readonly [CelNode] }): object {
  return {
    typeCheck: (checker: Checker, _macro: unknown, context: unknown): unknown =>
      checker.check(expression, context),
    evaluate(evaluator: CelEvaluator, _macro: unknown, context: unknown): unknown {
      meter(evaluator, CEL_METHODS);
      return evaluator.run(expression, context);
    },
  };
}
