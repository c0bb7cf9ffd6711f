import { isDeepStrictEqual } from 'node:util';
import { stringAt } from '#shared/base/json-value.ts';
import type { FileObject } from './load-objects.ts';

/** Kinds whose objects tell rules about the cluster. */
const TOLD_BY: ReadonlySet<string> = new Set(['v1 ConfigMap', 'v1 Namespace']);

/**
 * Warnings about objects that rules take data from and that are there more than once with other content: the last one
 * counts, as it is the one that "kubectl apply" leaves.
 */
export function replacedObjects(
  objects: readonly FileObject[],
  defaultNamespace: string,
): readonly string[] {
  const byName = Map.groupBy(objects, (one) => titleOf(one, defaultNamespace));
  return [...byName].flatMap(([title, same]) => {
    const last = same.at(-1);
    if (title === undefined || last === undefined) return [];
    return same
      .filter(({ object }) => !isDeepStrictEqual(object, last.object))
      .map(({ origin }) => `${origin}: ${title} is not used: ${last.origin} has it again`);
  });
}

function titleOf({ object }: FileObject, defaultNamespace: string): string | undefined {
  const kind = stringAt(object, 'kind') ?? '';
  if (!TOLD_BY.has(`${stringAt(object, 'apiVersion') ?? ''} ${kind}`)) return undefined;
  const name = stringAt(object, 'metadata', 'name') ?? '';
  if (kind === 'Namespace') return `${kind} ${name}`;
  return `${kind} ${stringAt(object, 'metadata', 'namespace') ?? defaultNamespace}/${name}`;
}
