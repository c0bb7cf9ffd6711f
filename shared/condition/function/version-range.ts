import { parseVersion, type SemanticVersion } from '../semantic-version.ts';

interface Comparator {
  readonly bound: SemanticVersion;
  /** Whether a version meets it, given how it compares to the bound. */
  readonly holds: (order: number) => boolean;
}

/** Alternatives, of each of which everything must hold. */
type VersionRange = readonly (readonly Comparator[])[];

const HOLDS: ReadonlyMap<string, (order: number) => boolean> = new Map([
  ['', (order) => order === 0],
  ['=', (order) => order === 0],
  ['==', (order) => order === 0],
  ['!', (order) => order !== 0],
  ['!=', (order) => order !== 0],
  ['>', (order) => order > 0],
  ['>=', (order) => order >= 0],
  ['<', (order) => order < 0],
  ['<=', (order) => order <= 0],
]);

/** What each operator means before a version with `x`: operators for its lower and its upper end. */
const WILDCARD: ReadonlyMap<string, { readonly low?: string; readonly high?: string }> = new Map([
  ['', { low: '>=', high: '<' }],
  ['=', { low: '>=', high: '<' }],
  ['==', { low: '>=', high: '<' }],
  // Both at once, which nothing meets: what blang/semver makes of it.
  ['!', { low: '<', high: '>=' }],
  ['!=', { low: '<', high: '>=' }],
  ['>', { high: '>=' }],
  ['>=', { low: '>=' }],
  ['<', { low: '<' }],
  ['<=', { high: '<' }],
]);

/** Longer texts are no range that a person writes. */
const MAX_LENGTH = 1024;

/**
 * A range as blang/semver 4 reads it, which Kyverno 1.19 uses: comparators side by side must all hold,
 * `||` separates alternatives, `1.x` and `1.2.x` stand for all of their versions. Undefined for other text.
 */
export function parseVersionRange(text: string): VersionRange | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  // Spaces may stand between an operator and its version.
  const compact = text.trim().replaceAll(/([<>=]) +/g, '$1');
  const range: Comparator[][] = [];
  for (const alternative of compact.split(/ +\|\| +/)) {
    const comparators = alternative.split(/ +/).map((part) => parseComparators(part));
    if (comparators.includes(undefined)) return undefined;
    range.push(comparators.flatMap((all) => all ?? []));
  }
  return range;
}

function parseComparators(text: string): readonly Comparator[] | undefined {
  const form = /^([<>=!]*)(\d.*)$/.exec(text);
  if (form === null) return undefined;
  const [, operator = '', version = ''] = form;
  const wildcard = /^(\d+)(?:\.(\d+))?\.x(\.x)?$/.exec(version);
  if (wildcard === null) return together([comparator(operator, version)]);
  const [, major = '', minor, second] = wildcard;
  // blang/semver reads 1.x.x as 1.0.x.
  return wildcardComparators(operator, major, minor ?? (second === undefined ? undefined : '0'));
}

function wildcardComparators(
  operator: string,
  major: string,
  minor: string | undefined,
): readonly Comparator[] | undefined {
  const ends = WILDCARD.get(operator);
  if (ends === undefined) return undefined;
  const high =
    minor === undefined ? `${BigInt(major) + 1n}.0.0` : `${major}.${BigInt(minor) + 1n}.0`;
  return together([
    ...(ends.low === undefined ? [] : [comparator(ends.low, `${major}.${minor ?? 0}.0`)]),
    ...(ends.high === undefined ? [] : [comparator(ends.high, high)]),
  ]);
}

function comparator(operator: string, version: string): Comparator | undefined {
  const bound = parseVersion(version);
  const holds = HOLDS.get(operator);
  return bound === undefined || holds === undefined ? undefined : { bound, holds };
}

function together(all: readonly (Comparator | undefined)[]): readonly Comparator[] | undefined {
  const known = all.filter((item) => item !== undefined);
  return known.length === all.length ? known : undefined;
}
