import type { Clock } from '../base/clock.ts';
import type { Fault } from '../base/fault.ts';
import { stringAt } from '../base/json-value.ts';
import { TrustRootError, type TrustRootSource } from './trust-root-source.ts';
import { type ReadTrustedRoot, readTrustedRoot } from './trusted-root.ts';

/** The public good instance, whose root is shipped. */
export const PUBLIC_GOOD_MIRROR = 'https://tuf-repo-cdn.sigstore.dev';

/** When the shipped copy was the current one: the release of the `@sigstore/tuf` that is depended on. */
const EMBEDDED_AS_OF = '2026-11-05';

const DAY_MS = 24 * 60 * 60_000;

let known: Promise<ReadTrustedRoot> | undefined;

/**
 * Sigstore's public good trust root as it was when this version was built: for a start without a network.
 * Keys that were withdrawn since are still trusted by it, newer ones are unknown: the fault says how old it is.
 * @param now milliseconds since the epoch.
 * @throws {TrustRootError | TrustedRootError} if the installation is damaged
 */
export async function embeddedTrustedRoot(now: number): Promise<ReadTrustedRoot> {
  known ??= readSeed(PUBLIC_GOOD_MIRROR);
  const root = await known;
  return { ...root, faults: [...root.faults, ageWarning(now)] };
}

/** The shipped copy and nothing else: for a process that must not ask the network. */
export function embeddedTrustRoot(clock: Clock): TrustRootSource {
  const load = async (): Promise<ReadTrustedRoot> => embeddedTrustedRoot(clock.now());
  return { description: 'the shipped copy', refreshMs: DAY_MS, load, fallback: load };
}

function ageWarning(now: number): Fault {
  const days = Math.max(0, Math.floor((now - Date.parse(EMBEDDED_AS_OF)) / DAY_MS));
  const message = `the trust root is the copy shipped with this version, of ${EMBEDDED_AS_OF} (${days} days ago): keys that Sigstore has added or withdrawn since are not known; let it be fetched, or give a current trusted_root.json`;
  return { severity: 'warning', path: '', message };
}

/** `@sigstore/tuf` ships what it starts from: each mirror's first root and its targets. */
async function readSeed(mirror: string): Promise<ReadTrustedRoot> {
  const { default: seeds } = await import('@sigstore/tuf/seeds.json', { with: { type: 'json' } });
  const encoded = stringAt(seeds, mirror, 'targets', 'trusted_root.json');
  if (encoded === undefined) {
    throw new TrustRootError('MISSING', 'Cannot find the embedded trust root: it was not shipped');
  }
  return readTrustedRoot(Buffer.from(encoded, 'base64').toString('utf8'));
}
