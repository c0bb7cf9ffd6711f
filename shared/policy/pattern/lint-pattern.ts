import { childPath } from '../../base/field-path.ts';
import { isJsonObject, type JsonValue } from '../../base/json-value.ts';
import { parseAnchorKey } from '../anchor-key.ts';
import type { Fields } from '../fields.ts';
import { findText } from '../variables.ts';

/** `{{ … }}` and `$(./../name)`, a pattern's reference to another field of the object. */
const REFERENCE = /\{\{|\$\(/;

/** Longer than any value that a person compares; keeps matching cheap. */
const TOO_LONG = /^[^]{4097}/;

/** Reports what a `validate.pattern` cannot say, so that evaluating it never comes across it. */
export function lintPattern(validate: Fields): void {
  const pattern = validate.json('pattern');
  const at = validate.at('pattern');
  if (!isJsonObject(pattern))
    validate.fault('error', 'expected a mapping with the fields of the object', 'pattern');
  for (const path of findText(pattern, at, REFERENCE))
    validate.faultAt(path, 'unsupported', 'variables and references are not supported here yet');
  for (const path of findText(pattern, at, TOO_LONG))
    validate.faultAt(path, 'error', 'has more than 4096 characters, expected less');
  for (const path of findAddAnchors(pattern, at))
    validate.faultAt(path, 'error', 'the anchor "+()" belongs to mutate rules, expected another');
}

function findAddAnchors(value: JsonValue | undefined, path: string): readonly string[] {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).flatMap((item, index) =>
      findAddAnchors(item, childPath(path, index)),
    );
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = childPath(path, key);
    return parseAnchorKey(key).anchor === 'add' ? [at] : findAddAnchors(item, at);
  });
}
