import type { LiveTrustRoots, TrustRootStatus } from '#shared/trust/live-trust-roots.ts';
import type { HealthCheck } from '../observe/health.ts';
import type { OpenedTrustRoots } from './open-trust-roots.ts';

/**
 * How the trust roots are doing, for people. A root that is missing takes only what needs it out of order,
 * so it never makes the webhook unready.
 */
export function trustRootCheck({ roots, isNeeded }: OpenedTrustRoots): HealthCheck {
  return {
    name: 'trust-root',
    problem: () => undefined,
    notes: () => (isNeeded() ? roots.status().flatMap(describe) : ['no policy needs one']),
  };
}

function describe({
  source,
  state,
  loadedAt,
  error,
  warnings,
}: TrustRootStatus): readonly string[] {
  const since = loadedAt === undefined ? '' : `, confirmed ${new Date(loadedAt).toISOString()}`;
  return [`${source}: ${state}${since}`, ...(error === undefined ? [] : [error]), ...warnings];
}

/** When the source of the default root last answered, seconds since the epoch; 0 where it never has. */
export function trustRootTime(roots: LiveTrustRoots): number {
  return (roots.status()[0]?.loadedAt ?? 0) / 1000;
}
