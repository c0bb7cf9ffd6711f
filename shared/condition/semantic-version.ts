/** A version as https://semver.org/spec/v2.0.0.html has it; build metadata does not count. */
export interface SemanticVersion {
  /** Major, minor, patch. */
  readonly release: readonly bigint[];
  /** Dot-separated identifiers after `-`; empty for a release. */
  readonly prerelease: readonly string[];
}

/** Longer texts are no version that a person writes. */
const MAX_LENGTH = 256;

const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*))?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

/** A complete version, all three numbers and no leading `v`; undefined for other text. */
export function parseVersion(text: string): SemanticVersion | undefined {
  const form = text.length > MAX_LENGTH ? null : VERSION.exec(text);
  if (form === null) return undefined;
  const [, major = '', minor = '', patch = '', prerelease] = form;
  return {
    release: [BigInt(major), BigInt(minor), BigInt(patch)],
    prerelease: prerelease?.split('.') ?? [],
  };
}

/** Precedence, section 11 of the specification: negative where `left` comes first. */
export function compareVersions(left: SemanticVersion, right: SemanticVersion): number {
  for (const [index, part] of left.release.entries()) {
    const other = right.release[index] ?? 0n;
    if (part !== other) return part < other ? -1 : 1;
  }
  return comparePrereleases(left.prerelease, right.prerelease);
}

function comparePrereleases(left: readonly string[], right: readonly string[]): number {
  // A release comes after all of its pre-releases.
  if (left.length === 0 || right.length === 0) return right.length - left.length;
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareIdentifiers(part, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Numbers by value and before words, words by their characters. */
function compareIdentifiers(left: string, right: string): number {
  if (left === right) return 0;
  const areNumbers = [left, right].map((text) => /^\d+$/.test(text));
  if (areNumbers[0] !== areNumbers[1]) return areNumbers[0] === true ? -1 : 1;
  const isBefore = areNumbers[0] === true ? BigInt(left) < BigInt(right) : left < right;
  return isBefore ? -1 : 1;
}
