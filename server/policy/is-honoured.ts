import { wildcardMatches } from '#shared/base/wildcard.ts';
import type { PolicyException } from '#shared/policy/exception.ts';

/**
 * Whether exceptions of this namespace count. Who may write one there may let any image in, so it is never
 * enough that an exception exists.
 */
export function isHonoured(
  { namespace }: Pick<PolicyException, 'namespace'>,
  allowed: readonly string[],
): boolean {
  return allowed.some((pattern) => wildcardMatches(pattern, namespace));
}
