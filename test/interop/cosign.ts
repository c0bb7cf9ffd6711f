import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '#test/cluster/run-command.ts';
import { ensureTools } from '#test/tools/build-tools.ts';

/** The two ways in which cosign 3 stores what it signs. */
export type CosignFormat = 'legacy' | 'bundle';

/** No log and no trust root from the network. */
const OFFLINE = ['--use-signing-config=false', '--tlog-upload=false'];

const FORMAT_FLAGS: Readonly<Record<CosignFormat, readonly string[]>> = {
  legacy: ['--new-bundle-format=false'],
  bundle: ['--new-bundle-format=true'],
};

/** The kinds of private keys that `cosign import-key-pair` takes, and its own. */
export type KeyKind = 'ecdsa-p256' | 'ecdsa-p384' | 'ecdsa-p521' | 'rsa-2048' | 'ed25519';

export const KEY_KINDS: readonly KeyKind[] = [
  'ecdsa-p256',
  'ecdsa-p384',
  'ecdsa-p521',
  'rsa-2048',
  'ed25519',
];

/** `cosign generate-key-pair` itself only makes P-256 keys. */
const MAKE_KEY: Readonly<Record<Exclude<KeyKind, 'ecdsa-p256'>, () => KeyObject>> = {
  'ecdsa-p384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'ecdsa-p521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  'rsa-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ed25519: () => generateKeyPairSync('ed25519').privateKey,
};

export interface CosignKey {
  /** Path of cosign's encrypted private key. */
  readonly file: string;
  /** PEM. */
  readonly publicKey: string;
  /** Where the key was imported. */
  readonly privateKey: KeyObject | undefined;
}

interface CommonOptions {
  /** Without one cosign makes a key and has it certified: the token is in the environment. */
  readonly key?: CosignKey;
  readonly format: CosignFormat;
  /** Flags that say who certifies, logs and stamps; nobody by default. */
  readonly services?: readonly string[];
  /** More of cosign's own environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface SignOptions extends CommonOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  /** What the simple-signing payload names as docker-reference; default: the repository. */
  readonly identity?: string;
  /** `host/path` where the signature goes; default: the image's own repository. */
  readonly repository?: string;
  /** Also signs what an index lists. */
  readonly recursive?: true;
  /** More of cosign's own flags. */
  readonly flags?: readonly string[];
}

export interface AttestOptions extends CommonOptions {
  /** One of cosign's short names or a URI. */
  readonly type?: string;
}

type Run = (args: readonly string[], extraEnv?: Readonly<Record<string, string>>) => Promise<void>;

/** The real cosign, with its keys in one folder; never talks to anything but the registry. */
export interface Cosign {
  createKey(name: string, kind: KeyKind): Promise<CosignKey>;
  /** @param image `host/path@sha256:…` */
  sign(image: string, options: SignOptions): Promise<void>;
  attest(image: string, options: AttestOptions): Promise<void>;
  /** Stores a signature made elsewhere, in the legacy format. */
  attach(image: string, payload: string, signature: Buffer): Promise<void>;
}

export async function openCosign(directory: string): Promise<Cosign> {
  const { cosign } = await ensureTools(['cosign']);
  await mkdir(directory, { recursive: true });
  const run: Run = async (args, extra = {}) => {
    // Without HOME cosign has no place for a cached trust root.
    const env = { COSIGN_PASSWORD: 'test', HOME: directory, ...extra };
    const result = await runCommand(cosign, args, { env, cwd: directory });
    if (result.code !== 0) {
      throw new Error(`Cannot run cosign ${args.join(' ')}: ${result.stderr}`);
    }
  };
  return {
    createKey: async (name, kind) => createKey({ directory, run }, name, kind),
    sign: async (image, options) => {
      const { repository, env } = options;
      const elsewhere = repository === undefined ? {} : { COSIGN_REPOSITORY: repository };
      await run(['sign', ...signFlags(options), image], { ...elsewhere, ...env });
    },
    attest: async (image, { type = 'https://example.com/test/v1', ...options }) => {
      const predicate = join(directory, 'predicate.json');
      await writeFile(predicate, '{"builder":"test"}');
      const what = ['--type', type, '--predicate', predicate];
      await run(['attest', ...commonFlags(options), ...what, image], options.env);
    },
    attach: async (image, payload, signature) => {
      const [payloadFile, signatureFile] = [
        join(directory, 'payload'),
        join(directory, 'signature'),
      ];
      await writeFile(payloadFile, payload);
      await writeFile(signatureFile, signature.toString('base64'));
      const files = ['--payload', payloadFile, '--signature', signatureFile];
      await run(['attach', 'signature', ...files, image]);
    },
  };
}

function signFlags(options: SignOptions): readonly string[] {
  const annotations = Object.entries(options.annotations ?? {});
  return [
    ...commonFlags(options),
    ...(options.recursive === true ? ['--recursive'] : []),
    ...(options.flags ?? []),
    ...annotations.flatMap(([name, value]) => ['-a', `${name}=${value}`]),
    ...(options.identity === undefined ? [] : ['--sign-container-identity', options.identity]),
  ];
}

function commonFlags({ key, format, services = OFFLINE }: CommonOptions): readonly string[] {
  const signer = key === undefined ? [] : ['--key', key.file];
  return ['--yes', ...services, ...FORMAT_FLAGS[format], ...signer];
}

interface KeyMaker {
  readonly directory: string;
  readonly run: Run;
}

async function createKey(maker: KeyMaker, name: string, kind: KeyKind): Promise<CosignKey> {
  const prefix = join(maker.directory, name);
  let privateKey: KeyObject | undefined;
  if (kind === 'ecdsa-p256') {
    await maker.run(['generate-key-pair', '--output-key-prefix', prefix]);
  } else {
    privateKey = MAKE_KEY[kind]();
    const plain = `${prefix}.pem`;
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(plain, pem, { mode: 0o600 });
    await maker.run(['import-key-pair', '--key', plain, '--output-key-prefix', prefix]);
  }
  const publicKey = await readFile(`${prefix}.pub`, 'utf8');
  return { file: `${prefix}.key`, publicKey, privateKey };
}
