/** Where a value is inside a JSON document: keys and indexes from the top. */
export type JsonPath = readonly (string | number)[];

/** Paths of all values that are neither objects nor lists, in document order. */
export function leafPaths(value: unknown, at: JsonPath = []): readonly JsonPath[] {
  if (typeof value !== 'object' || value === null) return [at];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries.flatMap(([key, member]) => leafPaths(member, [...at, key]));
}

/** The value at a path, undefined where there is none. */
export function valueAt(document: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>(
    (value, key) => (isContainer(value) ? value[key] : undefined),
    document,
  );
}

/** A copy of the document in which one value is changed; `undefined` removes the member. */
export function alterAt<T>(document: T, path: JsonPath, change: (value: unknown) => unknown): T {
  const copy = structuredClone(document);
  const parent = valueAt(copy, path.slice(0, -1));
  const key = path.at(-1);
  if (!isContainer(parent) || key === undefined)
    throw new TypeError(`Cannot alter document: nothing at ${path.join('.')}`);
  const value = change(parent[key]);
  if (value !== undefined) parent[key] = value;
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return copy;
}

/** A copy of the bytes with one bit turned over; negative positions count from the end. */
export function flipBit(bytes: Buffer, position: number, bit = 0): Buffer {
  const copy = Buffer.from(bytes);
  const index = position < 0 ? copy.length + position : position;
  copy[index] = (copy[index] ?? 0) ^ (1 << bit);
  return copy;
}

/** Changes bytes that are written as base64. */
export function alterBase64(change: (bytes: Buffer) => Buffer): (value: unknown) => unknown {
  return (value) => change(Buffer.from(String(value), 'base64')).toString('base64');
}

/** Turns one bit in the middle of bytes that are written as base64. */
export const flipBase64: (value: unknown) => unknown = alterBase64((bytes) =>
  flipBit(bytes, bytes.length >> 1),
);

function isContainer(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}
