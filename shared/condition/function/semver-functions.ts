import { compareVersions, parseVersion, type SemanticVersion } from '../semantic-version.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { Arguments } from './arguments.ts';
import type { FunctionGroup } from './function-entry.ts';
import { parseVersionRange } from './version-range.ts';

/** Functions on semantic versions. */
export const SEMVER_FUNCTIONS: FunctionGroup = {
  semver_compare: { parameters: [['string'], ['string']], call: semverCompare },
};

const ZERO: SemanticVersion = { release: [0n, 0n, 0n], prerelease: [] };

/** Whether a version is in a range. Text that is no version, `v1.2.3` too, counts as 0.0.0 (Kyverno 1.19). */
function semverCompare(args: Arguments): boolean {
  const version = parseVersion(args.text(0)) ?? ZERO;
  const range = parseVersionRange(args.text(1));
  if (range === undefined)
    throw new ArgumentFault(
      `argument 2 is ${JSON.stringify(args.text(1).slice(0, 256))}, expected a range such as ">=1.2.0 <2.0.0 || 3.x"`,
    );
  return range.some((all) =>
    all.every(({ bound, holds }) => holds(compareVersions(version, bound))),
  );
}
