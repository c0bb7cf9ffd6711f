import type { FieldKey } from '../../base/field-path.ts';

/** A place in a policy as Kyverno's messages name it: `/spec/containers/0/image`. */
export function documentPath(keys: readonly FieldKey[]): string {
  return keys.map((key) => `/${String(key).replaceAll('/', String.raw`\/`)}`).join('');
}

/** Kyverno leaves so many keys out, as if they were still those of the rule: `validate`, `pattern`. */
const RULE_KEYS = 2;

/**
 * What `{{ @ }}` stands for (Kyverno 1.19): what the object has at the place of the text, without the first
 * two keys of the place, anchors included. Patterns no longer have the keys of the rule around them, so
 * that in `spec.hostNetwork` it is the whole object.
 */
export function samePlaceExpression(keys: readonly FieldKey[]): string {
  return keys
    .slice(keys.indexOf('foreach') + 1)
    .slice(RULE_KEYS)
    .reduce<string>(
      (expression, key) =>
        /^\d+$/.test(String(key))
          ? `${expression}[${key}]`
          : `${expression}.${JSON.stringify(String(key))}`,
      'request.object',
    );
}
