import type { CelNode } from '../syntax/cel-node.ts';

/** `a.b.c` where a part of an expression is nothing but names. */
export function qualifiedName(node: CelNode | undefined): string | undefined {
  if (node?.kind === 'name') return node.name;
  if (node?.kind !== 'select' || node.isTest || node.isOptional) return undefined;
  const before = qualifiedName(node.operand);
  return before === undefined ? undefined : `${before}.${node.field}`;
}
