import type { Expression, Node } from './expression.ts';

/**
 * The names that an expression reads at the root, `request` of `request.object.kind`: what it may need,
 * whichever branch is taken. Says nothing about an expression that asks for the root itself (`@`, `*`).
 */
export function rootNames(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  collect(expression.root, names);
  return names;
}

/** Only parts that stand on the root count: what follows `.`, `[` or `|` stands on something else. */
function collect(node: Node, names: Set<string>): void {
  if (node.kind === 'field') names.add(node.name);
  for (const part of partsOnRoot(node)) collect(part, names);
}

function partsOnRoot(node: Node): readonly Node[] {
  if ('operand' in node) return node.kind === 'reference' ? [] : [node.operand];
  if ('left' in node) return sidesOnRoot(node);
  if (node.kind === 'object') return node.entries.map(([, value]) => value);
  if (node.kind === 'list') return node.items;
  return node.kind === 'call' ? node.args : [];
}

function sidesOnRoot(node: Extract<Node, { readonly left: Node }>): readonly Node[] {
  const { kind, left, right } = node;
  if (kind === 'or' || kind === 'and' || kind === 'comparison') return [left, right];
  const isOnRoot = left.kind === 'current' && (kind === 'chain' || kind === 'pipe');
  return isOnRoot ? [right] : [left];
}
