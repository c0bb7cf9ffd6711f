import type { TrustMaterial } from './trust-material.ts';

/**
 * The trust roots of a process by name. Asking never waits: whatever is known now is the answer, refreshing
 * goes on in the background.
 */
export interface TrustRoots {
  /** Undefined where there is no root of this name, or none could be had yet. */
  get(name: string | undefined): TrustMaterial | undefined;
}

/** No trust root at all: enough for policies that bring every key themselves. */
export const NO_TRUST_ROOTS: TrustRoots = { get: () => undefined };
