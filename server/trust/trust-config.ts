import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigMapKey, parseConfigMapKey } from '#shared/kube/config-map-trust-root.ts';
import { ConfigError } from '../config-error.ts';

/** Where the trust root comes from: whom to believe about identities, logs and timestamps. */
export type TrustConfig =
  | { readonly kind: 'file'; readonly file: string }
  | ({ readonly kind: 'config-map' } & ConfigMapKey)
  /** All of them together. */
  | { readonly kind: 'several'; readonly members: readonly TrustConfig[] }
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
  all(name: string): readonly string[];
}

/** At most one of them says where the root comes from. */
const SOURCES = ['trusted-root', 'tuf-mirror', 'no-tuf'] as const;

/** @throws {ConfigError} `BAD_FLAG` */
export function trustConfig(flags: Flags): TrustConfig {
  const [source, ...more] = SOURCES.filter((name) => flags.has(name));
  if (more.length > 0) throw fault(`--${source} and --${more[0]} are given, one of them is wanted`);
  if (flags.has('tuf-root') && source !== 'tuf-mirror')
    throw fault('--tuf-root is given without --tuf-mirror, both are wanted');
  if (source === 'no-tuf') return { kind: 'embedded' };
  const cacheDirectory = flags.last('tuf-cache') ?? join(tmpdir(), 'sign-policy-tuf');
  const mirror: TrustConfig = { kind: 'tuf', ...mirrorOf(flags), cacheDirectory };
  const members = flags.all('trusted-root').map((root) => trustedRoot(root, mirror));
  const [only = mirror, ...others] = members;
  return others.length === 0 ? only : { kind: 'several', members };
}

/** Stands for the public instance's root beside others. */
const PUBLIC = 'public';

function trustedRoot(written: string, mirror: TrustConfig): TrustConfig {
  if (written === PUBLIC) return mirror;
  if (!written.startsWith('k8s://')) return { kind: 'file', file: written };
  const key = parseConfigMapKey(written);
  if (key !== undefined) return { kind: 'config-map', ...key };
  throw new ConfigError(
    'BAD_FLAG',
    `Cannot read flag --trusted-root: it holds "${written}", k8s://NAMESPACE/NAME or k8s://NAMESPACE/NAME/KEY of a ConfigMap is wanted`,
  );
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
