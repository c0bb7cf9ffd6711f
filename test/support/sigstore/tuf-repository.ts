import { createHash } from 'node:crypto';
import { canonicalJson, hashHex } from './logged-signature.ts';
import { type SigningKey, createSigningKey } from './signing-key.ts';

type Role = 'root' | 'timestamp' | 'snapshot' | 'targets';

export interface TufRepositoryOptions {
  readonly targets: Readonly<Record<string, Buffer>>;
  /** When all metadata ends; in the far future by default, so that nothing in tests expires. */
  readonly expires?: Date;
}

/** What the next version of the repository does differently. */
export interface PublishOptions {
  readonly targets?: Readonly<Record<string, Buffer>>;
  readonly expires?: Date;
  /** Signs with new keys, the new root by the old root key as well (TUF §6.1). */
  readonly rotateKeys?: boolean;
  /** Signs this role with a key that the root does not list. */
  readonly forge?: Role;
}

/** A TUF repository with consistent snapshots, in memory. */
export interface TufRepository {
  /** The root that clients start from: version 1. */
  readonly initialRoot: Buffer;
  /** Files by their path below the mirror's address. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly publish: (options?: PublishOptions) => void;
}

const FAR_FUTURE = new Date('2099-12-31T00:00:00Z');
const ED25519_KEY_BYTES = 32;

export function createTufRepository(options: TufRepositoryOptions): TufRepository {
  const files = new Map<string, Buffer>();
  let state: State = {
    version: 0,
    rootVersion: 0,
    keys: newKeys(),
    targets: options.targets,
    expires: options.expires ?? FAR_FUTURE,
  };
  const publish = (change: PublishOptions = {}): void => {
    const before = state;
    const rotate = change.rotateKeys === true || before.version === 0;
    state = {
      version: before.version + 1,
      rootVersion: before.rootVersion + (rotate ? 1 : 0),
      keys: change.rotateKeys === true ? newKeys() : before.keys,
      targets: change.targets ?? before.targets,
      expires: change.expires ?? before.expires,
    };
    if (rotate) files.set(`${state.rootVersion}.root.json`, rootFile(state, before.keys.root));
    writeTargets(files, state, change.forge);
  };
  publish();
  return { initialRoot: files.get('1.root.json') ?? Buffer.alloc(0), files, publish };
}

interface State {
  readonly version: number;
  readonly rootVersion: number;
  readonly keys: Readonly<Record<Role, SigningKey>>;
  readonly targets: Readonly<Record<string, Buffer>>;
  readonly expires: Date;
}

function newKeys(): State['keys'] {
  const key = (): SigningKey => createSigningKey('ed25519');
  return { root: key(), timestamp: key(), snapshot: key(), targets: key() };
}

function rootFile(state: State, oldRoot: SigningKey): Buffer {
  const keys = Object.values(state.keys).map((key) => [keyIdOf(key), keyJson(key)] as const);
  const roles = Object.entries(state.keys).map(
    ([role, key]) => [role, { keyids: [keyIdOf(key)], threshold: 1 }] as const,
  );
  const signed = {
    ...header('root', state),
    version: state.rootVersion,
    consistent_snapshot: true,
    keys: Object.fromEntries(keys),
    roles: Object.fromEntries(roles),
  };
  return signedFile(signed, [...new Set([state.keys.root, oldRoot])]);
}

function writeTargets(files: Map<string, Buffer>, state: State, forge: Role | undefined): void {
  const { version } = state;
  const entries = Object.entries(state.targets).map(([name, bytes]) => {
    const sha256 = hashHex(bytes);
    files.set(`targets/${sha256}.${name}`, bytes);
    return [name, { length: bytes.length, hashes: { sha256 } }] as const;
  });
  const signer = (role: Role): SigningKey[] => [
    role === forge ? createSigningKey('ed25519') : state.keys[role],
  ];
  const targets = { ...header('targets', state), targets: Object.fromEntries(entries) };
  files.set(`${version}.targets.json`, signedFile(targets, signer('targets')));
  const snapshot = { ...header('snapshot', state), meta: { 'targets.json': { version } } };
  files.set(`${version}.snapshot.json`, signedFile(snapshot, signer('snapshot')));
  const timestamp = { ...header('timestamp', state), meta: { 'snapshot.json': { version } } };
  files.set('timestamp.json', signedFile(timestamp, signer('timestamp')));
}

function header(role: Role, { version, expires }: State): object {
  const whole = `${expires.toISOString().slice(0, 19)}Z`;
  return { _type: role, spec_version: '1.0.31', version, expires: whole };
}

function signedFile(signed: object, keys: readonly SigningKey[]): Buffer {
  const bytes = Buffer.from(canonicalJson(signed));
  const signatures = keys.map((key) => ({
    keyid: keyIdOf(key),
    sig: key.sign(bytes).toString('hex'),
  }));
  return Buffer.from(JSON.stringify({ signatures, signed }));
}

function keyJson({ spki }: SigningKey): object {
  const value = spki.subarray(-ED25519_KEY_BYTES).toString('hex');
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: value } };
}

function keyIdOf(key: SigningKey): string {
  return createHash('sha256')
    .update(canonicalJson(keyJson(key)))
    .digest('hex');
}
