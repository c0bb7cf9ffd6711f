import { createRequire } from 'node:module';
import { CodedError } from '../base/coded-error.ts';
import { stringAt } from '../base/json-value.ts';
import { type ReadTrustedRoot, readTrustedRoot } from './trusted-root.ts';

export type EmbeddedRootErrorCode = 'MISSING';

/** The copy of the trust root that is shipped cannot be found: the installation is damaged. */
export class EmbeddedRootError extends CodedError<EmbeddedRootErrorCode> {}

/** The public good instance, whose root is shipped. */
export const PUBLIC_GOOD_MIRROR = 'https://tuf-repo-cdn.sigstore.dev';

let known: ReadTrustedRoot | undefined;

/**
 * Sigstore's public good trust root as it was when this version was built: for a start without a network.
 * Keys that were replaced since are still trusted by it, newer ones are unknown.
 * @throws {EmbeddedRootError | TrustedRootError}
 */
export function embeddedTrustedRoot(): ReadTrustedRoot {
  known ??= readTrustedRoot(seedOf(PUBLIC_GOOD_MIRROR));
  return known;
}

/** `@sigstore/tuf` ships what it starts from: each mirror's first root and its targets. */
function seedOf(mirror: string): string {
  const seeds: unknown = createRequire(import.meta.url)('@sigstore/tuf/seeds.json');
  const encoded = stringAt(seeds, mirror, 'targets', 'trusted_root.json');
  if (encoded === undefined)
    throw new EmbeddedRootError(
      'MISSING',
      'Cannot find the embedded trust root: it was not shipped',
    );
  return Buffer.from(encoded, 'base64').toString('utf8');
}
