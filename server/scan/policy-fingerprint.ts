import { sha256Digest } from '#shared/base/digest.ts';
import type { PolicySet } from '../policy/policy-set.ts';

/** The same for sets that say the same of every object, also in words; sets are made anew with every change of a status. */
export function policyFingerprint({ policies, exceptions }: PolicySet): string {
  return sha256Digest(
    JSON.stringify([policies.map(({ hash, reporting }) => [hash, reporting]), exceptions]),
  );
}
