import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../config-error.ts';

/** Where the trust root comes from: whom to believe about identities, logs and timestamps. */
export type TrustConfig =
  | { readonly kind: 'file'; readonly file: string }
  /** The copy that was shipped: no network is asked. */
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'tuf';
      /** Sigstore's public instance where none is given. */
      readonly mirror: string | undefined;
      readonly rootFile: string | undefined;
      readonly cacheDirectory: string;
    };

/** The flags as they were written. */
interface Flags {
  has(name: string): boolean;
  last(name: string): string | undefined;
}

/** At most one of them says where the root comes from. */
const SOURCES = ['trusted-root', 'tuf-mirror', 'no-tuf'] as const;

/** @throws {ConfigError} `BAD_FLAG` */
export function trustConfig(flags: Flags): TrustConfig {
  const [source, ...more] = SOURCES.filter((name) => flags.has(name));
  if (more.length > 0) throw fault(`--${source} and --${more[0]} are given, one of them is wanted`);
  if (flags.has('tuf-root') && source !== 'tuf-mirror')
    throw fault('--tuf-root is given without --tuf-mirror, both are wanted');
  const file = flags.last('trusted-root');
  if (file !== undefined) return { kind: 'file', file };
  if (source === 'no-tuf') return { kind: 'embedded' };
  const cacheDirectory = flags.last('tuf-cache') ?? join(tmpdir(), 'sign-policy-tuf');
  return { kind: 'tuf', ...mirrorOf(flags), cacheDirectory };
}

function mirrorOf(flags: Flags): {
  readonly mirror: string | undefined;
  readonly rootFile: string | undefined;
} {
  const mirror = flags.last('tuf-mirror');
  const rootFile = flags.last('tuf-root');
  if (mirror === undefined) return { mirror, rootFile };
  if (!/^https?:$/.test(URL.parse(mirror)?.protocol ?? ''))
    throw new ConfigError(
      'BAD_FLAG',
      `Cannot read flag --tuf-mirror: it holds "${mirror}", an http or https URL is wanted`,
    );
  if (rootFile === undefined)
    throw fault("--tuf-mirror is given without --tuf-root, the mirror's first root.json is wanted");
  return { mirror, rootFile };
}

function fault(what: string): ConfigError {
  return new ConfigError('BAD_FLAG', `Cannot read the flags: ${what}`);
}
