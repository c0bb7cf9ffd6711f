import { childPath } from '../base/field-path.ts';
import { isJsonObject, type JsonValue } from '../base/json-value.ts';

/** `{{ request.object… }}`, Kyverno's variables. */
export const VARIABLE: RegExp = /\{\{/;

/** Paths of the texts below `value`, keys included, that hold what `form` describes. */
export function findText(
  value: JsonValue | undefined,
  path: string,
  form: RegExp,
): readonly string[] {
  if (typeof value === 'string') return form.test(value) ? [path] : [];
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).flatMap((item, index) =>
      findText(item, childPath(path, index), form),
    );
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = childPath(path, key);
    return form.test(key) ? [at] : findText(item, at, form);
  });
}
