import { stringAt } from '#shared/base/json-value.ts';
import type { PolicyException } from '#shared/policy/exception.ts';
import type { Subject } from './judgement.ts';

/**
 * Warnings about exceptions among the objects that are judged: as an object an exception applies to nothing. One that is
 * among the policies, too, is not told about.
 */
export function unusedExceptions(
  subjects: readonly Subject[],
  applied: readonly PolicyException[],
  defaultNamespace: string,
): readonly string[] {
  return subjects.flatMap(({ origin, object }) => {
    const isException =
      stringAt(object, 'kind') === 'PolicyException' &&
      (stringAt(object, 'apiVersion') ?? '').startsWith('kyverno.io/');
    if (!isException) return [];
    const name = stringAt(object, 'metadata', 'name') ?? '';
    const namespace = stringAt(object, 'metadata', 'namespace') ?? defaultNamespace;
    if (applied.some((one) => one.name === name && one.namespace === namespace)) return [];
    return [`${origin}: PolicyException ${namespace}/${name} is not applied: give it with -p`];
  });
}
