import { ConditionError } from '../../condition-error.ts';
import type { Call, CelNode, Loop, LoopForm } from './cel-node.ts';

type Expand = (target: CelNode, args: readonly CelNode[]) => CelNode;

/** Methods that are syntax, by name and number of arguments. */
const METHODS: ReadonlyMap<string, Expand> = new Map<string, Expand>([
  ...(['all', 'exists'] as const).flatMap((form) => [
    entry(form, 2, loop(form, 1)),
    entry(form, 3, loop(form, 2)),
  ]),
  entry('existsOne', 3, loop('existsOne', 2)),
  entry('exists_one', 2, loop('existsOne', 1)),
  entry('exists_one', 3, loop('existsOne', 2)),
  entry('map', 2, loop('map', 1)),
  entry('map', 3, loop('map', 1)),
  entry('filter', 2, loop('filter', 1)),
  entry('transformList', 3, loop('map', 2)),
  entry('transformList', 4, loop('map', 2)),
  ...(['transformMap', 'transformMapEntry'] as const).flatMap((form) => [
    entry(form, 3, loop(form, 2)),
    entry(form, 4, loop(form, 2)),
  ]),
  entry('sortBy', 2, loop('sortBy', 1)),
  entry('optMap', 2, optionalMap(false)),
  entry('optFlatMap', 2, optionalMap(true)),
  // Kyverno 1.19: also on values that are not optional.
  entry('orValue', 1, (target, args) => ({
    kind: 'call',
    name: '@orValue',
    target: undefined,
    args: [target, ...args],
  })),
]);

function entry(name: string, count: number, expand: Expand): readonly [string, Expand] {
  return [`${name}/${count}`, expand];
}

/**
 * What a call stands for: itself, unless it is a macro's.
 * @throws {ConditionError} SYNTAX for a macro that is used wrongly.
 */
export function expandMacro(call: Call): CelNode {
  const { name, target, args } = call;
  if (target !== undefined) return METHODS.get(`${name}/${args.length}`)?.(target, args) ?? call;
  const [first] = args;
  return name === 'has' && args.length === 1 && first !== undefined ? presence(first) : call;
}

function presence(node: CelNode): CelNode {
  if (node.kind === 'select' && !node.isOptional && !node.isTest) return { ...node, isTest: true };
  throw new ConditionError('SYNTAX', 'invalid argument to has() macro');
}

function loop(form: LoopForm, names: number): Expand {
  return (range, args): Loop => {
    const body = args.at(-1);
    if (body === undefined) throw new ConditionError('SYNTAX', `${form}() without a body`);
    const found = args.slice(0, names).map(nameOf);
    if (new Set(found).size < names)
      throw new ConditionError('SYNTAX', `duplicate variable name: ${found[0]}`);
    const filter = args.length > names + 1 ? args[names] : undefined;
    return { kind: 'loop', form, range, names: found, filter, body };
  };
}

function optionalMap(isFlat: boolean): Expand {
  return (operand, [variable, body]) => {
    if (variable === undefined || body === undefined)
      throw new ConditionError('SYNTAX', 'optMap() without a body');
    return { kind: 'optional-map', operand, name: nameOf(variable), body, isFlat };
  };
}

/** Where cel-go keeps the result of a loop. */
const ACCUMULATORS: ReadonlySet<string> = new Set(['__result__', '@result']);

function nameOf(node: CelNode): string {
  if (node.kind !== 'name') throw new ConditionError('SYNTAX', 'argument must be a simple name');
  if (ACCUMULATORS.has(node.name))
    throw new ConditionError('SYNTAX', 'iteration variable overwrites accumulator variable');
  return node.name;
}
