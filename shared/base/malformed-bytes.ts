import { isBase64 } from './base64.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';

/**
 * The first member of protobuf JSON that should hold bytes and does not: generated readers take objects and
 * lists for buffers as well, and `{"length": 1e10}` for gigabytes of zeroes.
 * @param names members of type `bytes`, or lists of them; null stands for "not given".
 * @returns its path, or undefined where all are base64.
 */
export function malformedBytes(
  document: JsonValue,
  names: ReadonlySet<string>,
  path = '',
): string | undefined {
  const members = isJsonObject(document) ? Object.entries(document) : listMembers(document);
  for (const [name, value = null] of members) {
    const here = path === '' ? name : `${path}.${name}`;
    const wrong =
      names.has(name) && isJsonObject(document)
        ? wrongBytes(value, here)
        : malformedBytes(value, names, here);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function listMembers(document: JsonValue): readonly (readonly [string, JsonValue])[] {
  return Array.isArray(document)
    ? (document as readonly JsonValue[]).map((item, index) => [String(index), item])
    : [];
}

function wrongBytes(value: JsonValue, path: string): string | undefined {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  return items.every((item) => item === null || (typeof item === 'string' && isBase64(item)))
    ? undefined
    : path;
}
