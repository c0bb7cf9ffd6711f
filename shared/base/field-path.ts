/**
 * Field paths as faults and messages write them: `spec.rules[0].match`, with keys that are no plain word
 * quoted, `metadata.annotations["example.com/x"]`.
 */
export type FieldKey = string | number;

/** The path of `key` inside the field at `parent`. */
export function childPath(parent: string, key: FieldKey): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** The keys of a path that {@link childPath} made; what follows an unreadable part is dropped. */
export function splitPath(path: string): readonly FieldKey[] {
  const keys: FieldKey[] = [];
  for (const [, word, index, quoted] of path.matchAll(
    /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy,
  )) {
    if (word !== undefined) keys.push(word);
    else if (index !== undefined) keys.push(Number(index));
    else if (quoted !== undefined) keys.push(String(JSON.parse(quoted)));
  }
  return keys;
}
