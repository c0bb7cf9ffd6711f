import type { FieldKey } from '../../base/field-path.ts';

/** A place in a policy as Kyverno's messages name it: `/spec/containers/0/image`. */
export function documentPath(keys: readonly FieldKey[]): string {
  return keys.map((key) => `/${String(key).replaceAll('/', String.raw`\/`)}`).join('');
}

/** What every anchor of a pattern has: `(name)`, with its sign before it (Kyverno 1.19). */
const ANCHORED = /^[+<=X^]?\((.+)\)$/;

/** The name of a field that a pattern may write with an anchor. */
export function withoutAnchor(key: FieldKey): string {
  return String(key).replace(ANCHORED, '$1');
}

/**
 * What `{{ @ }}` stands for in a pattern: the field of the object at the same place. The first two keys are
 * the rule's (`validate`, `pattern`), as are those up to `foreach`.
 */
export function samePlaceExpression(keys: readonly FieldKey[]): string {
  const inner = keys.slice(keys.lastIndexOf('foreach') + 1).slice(2);
  return inner.reduce<string>(
    (expression, key) =>
      /^\d+$/.test(String(key))
        ? `${expression}[${key}]`
        : `${expression}.${JSON.stringify(withoutAnchor(key))}`,
    'request.object',
  );
}
