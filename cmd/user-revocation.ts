import { systemClock } from '#shared/base/clock.ts';
import type { RevocationChecker } from '#shared/notation/revocation.ts';
import { OnlineRevocationChecker } from '#shared/notation/revocation-checker.ts';
import { httpRevocationFetcher } from '#shared/notation/revocation-fetcher.ts';

/** Asks the places that certificates name, as notation does. */
export function openUserRevocation(): RevocationChecker {
  return new OnlineRevocationChecker({ fetcher: httpRevocationFetcher, clock: systemClock });
}
