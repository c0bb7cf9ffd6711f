import type { CelNode } from '../syntax/cel-node.ts';
import type { CelType } from '../type/cel-type.ts';
import type { Run } from './checked.ts';
import { Checker } from './checker.ts';

/**
 * Checks that an expression fits together, as Kubernetes does before it evaluates any.
 * @param variables their types; no others may be named.
 * @throws {ConditionError} UNSUPPORTED where it does not, or names what is not there.
 */
export function checkCel(
  node: CelNode,
  variables: ReadonlyMap<string, CelType>,
): { readonly type: CelType; readonly run: Run } {
  const checker = new Checker(variables);
  const { type, run } = checker.check(node, undefined);
  checker.typing.finish();
  return { type: checker.typing.final(type), run };
}
