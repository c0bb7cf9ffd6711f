import { resolvePlainScalar } from './plain-scalar.ts';

type Scalar = null | boolean | number | string;

/** YAML's own prefix, written `!!` for short. */
const LONG_PREFIX = /^!<tag:yaml\.org,2002:([a-z]+)>$/;

/** What a scalar with an explicit tag means; undefined where tag and text do not fit each other. */
export function resolveTag(tag: string, text: string): Scalar | undefined {
  const long = LONG_PREFIX.exec(tag);
  const reader = READERS.get(long === null ? tag : `!!${long[1] ?? ''}`);
  return reader?.(text);
}

const READERS: ReadonlyMap<string, (text: string) => Scalar | undefined> = new Map<
  string,
  (text: string) => Scalar | undefined
>([
  ['!', (text) => text],
  ['!!str', (text) => text],
  ['!!null', (text) => only(resolvePlainScalar(text), (value) => value === null)],
  ['!!bool', (text) => only(resolvePlainScalar(text), (value) => typeof value === 'boolean')],
  ['!!int', (text) => only(resolvePlainScalar(text), (value) => Number.isInteger(value))],
  ['!!float', (text) => only(resolvePlainScalar(text), (value) => typeof value === 'number')],
]);

function only(value: Scalar, fits: (value: Scalar) => boolean): Scalar | undefined {
  return fits(value) ? value : undefined;
}
