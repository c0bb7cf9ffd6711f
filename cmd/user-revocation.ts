import type { Clock } from '#shared/base/clock.ts';
import type { RevocationChecker } from '#shared/notation/revocation.ts';
import { OnlineRevocationChecker } from '#shared/notation/revocation-checker.ts';
import type { RevocationFetcher } from '#shared/notation/revocation-fetcher.ts';

/** Asks the places that certificates name, as notation does. */
export function openUserRevocation(fetcher: RevocationFetcher, clock: Clock): RevocationChecker {
  return new OnlineRevocationChecker({ fetcher, clock });
}
