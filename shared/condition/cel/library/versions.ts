import { ConditionError } from '../../condition-error.ts';
import { compareVersions, parseVersion, type SemanticVersion } from '../../semantic-version.ts';
import { CelOpaque, type OpaqueKind } from '../value/cel-opaque.ts';
import { inIntRange, MAX_UINT } from '../value/int-range.ts';
import type { CallArguments } from './call-arguments.ts';
import type { Library } from './library.ts';

/** Versions are the same whatever their build metadata is. */
const VERSION: OpaqueKind<SemanticVersion> = {
  name: 'kubernetes.Semver',
  isEqual: (left, right) => compareVersions(left, right) === 0,
};

/** Semantic versions. */
export const VERSIONS: Library = {
  'semver(string): Semver': (args) => parse(args, false),
  'semver(string, bool): Semver': (args) => parse(args, args.bool(1)),
  'isSemver(string): bool': (args) => read(args.text(0), false) !== undefined,
  'isSemver(string, bool): bool': (args) => read(args.text(0), args.bool(1)) !== undefined,
  'Semver -> isGreaterThan(Semver): bool': (args) => order(args) > 0n,
  'Semver -> isLessThan(Semver): bool': (args) => order(args) < 0n,
  'Semver -> compareTo(Semver): int': order,
  'Semver -> major(): int': (args) => part(args, 0),
  'Semver -> minor(): int': (args) => part(args, 1),
  'Semver -> patch(): int': (args) => part(args, 2),
};

function order(args: CallArguments): bigint {
  const result = compareVersions(args.payload(VERSION, 0), args.payload(VERSION, 1));
  return BigInt(Math.sign(result));
}

function part(args: CallArguments, index: number): bigint {
  return inIntRange(args.payload(VERSION, 0).release[index] ?? 0n);
}

function parse(args: CallArguments, isLenient: boolean): CelOpaque<SemanticVersion> {
  const version = read(args.text(0), isLenient);
  if (version !== undefined) return new CelOpaque(VERSION, version);
  throw new ConditionError(
    'INVALID_ARGUMENT',
    `${JSON.stringify(args.text(0).slice(0, 80))} is no semantic version`,
  );
}

function read(text: string, isLenient: boolean): SemanticVersion | undefined {
  const complete = isLenient ? normalized(text) : text;
  const version = complete === undefined ? undefined : parseVersion(complete);
  if (version === undefined) return undefined;
  const numbers = [...version.release, ...version.prerelease.filter((id) => /^\d+$/.test(id))];
  return numbers.every((number) => BigInt(number) <= MAX_UINT) ? version : undefined;
}

/** `v1.02` → `1.2.0`; undefined for a short version with more after it (Kubernetes: `normalizeAndParse`). */
function normalized(text: string): string | undefined {
  const [major = '', minor, ...rest] = text.replace(/^v/, '').split('.');
  const parts = [major, minor, rest.length === 0 ? undefined : rest.join('.')].filter(
    (written) => written !== undefined,
  );
  if (parts.length < 3 && /[-+]/.test(parts.at(-1) ?? '')) return undefined;
  const numbers = parts.map(withoutZeros);
  return [...numbers, '0', '0'].slice(0, 3).join('.');
}

function withoutZeros(number: string): string {
  if (number.length < 2) return number;
  const rest = number.replace(/^0+/, '');
  return /^\d/.test(rest) ? rest : `0${rest}`;
}
