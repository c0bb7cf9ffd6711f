import { systemClock } from '#shared/base/clock.ts';
import { openLogLookup } from '#shared/log/open-log-lookup.ts';
import type { LogLookup } from '#shared/signature/log-lookup.ts';
import type { Environment } from './environment.ts';

/** Asks transparency logs as the webhook does. */
export function openUserLogLookup(env: Environment, listed: readonly string[]): LogLookup {
  return openLogLookup({ clock: systemClock, env, listed });
}
