import { constants, type KeyObject, verify } from 'node:crypto';
import { type Der, derItems } from './der.ts';
import { sequence } from './der-tag.ts';
import { oidOf } from './der-values.ts';

type Hash = 'sha256' | 'sha384' | 'sha512';

type Padding = 'pkcs1' | 'pss' | 'ecdsa' | 'eddsa';

interface Scheme {
  readonly padding: Padding;
  /** Undefined where the hash is named elsewhere: in parameters, or beside the algorithm in CMS. */
  readonly hash: Hash | undefined;
}

/** Hash functions that are not broken (signature-specification.md: SHA-1 must not be used in a chain). */
export const HASHES: ReadonlyMap<string, Hash> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['1.2.840.113549.1.1.1', { padding: 'pkcs1', hash: undefined }],
  ['1.2.840.113549.1.1.10', { padding: 'pss', hash: undefined }],
  ['1.2.840.113549.1.1.11', { padding: 'pkcs1', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { padding: 'pkcs1', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { padding: 'pkcs1', hash: 'sha512' }],
  ['1.2.840.10045.4.3.2', { padding: 'ecdsa', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { padding: 'ecdsa', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { padding: 'ecdsa', hash: 'sha512' }],
  ['1.3.101.112', { padding: 'eddsa', hash: 'sha512' }],
]);

/** Whether an AlgorithmIdentifier names a signature whose hash is one of {@link HASHES}. @throws {DerError} */
export function isStrongSignature(algorithm: Der): boolean {
  return readScheme(algorithm)?.hash !== undefined;
}

export interface SignedBytes {
  readonly bytes: Buffer;
  readonly signature: Buffer;
  /** AlgorithmIdentifier of the signature. */
  readonly algorithm: Der;
  /** The hash that CMS names beside the algorithm; a hash in the algorithm itself must agree. */
  readonly hash?: Hash;
}

/** Whether a signature in a CMS structure, revocation list or OCSP response was made by `key`. @throws {DerError} */
export function verifySignedBytes(signed: SignedBytes, key: KeyObject): boolean {
  const scheme = readScheme(signed.algorithm);
  const hash = scheme?.hash ?? signed.hash;
  if (scheme === undefined || hash === undefined || hash !== (signed.hash ?? hash)) return false;
  const { type, options, hashes } = PADDINGS[scheme.padding];
  if (key.asymmetricKeyType !== type) return false;
  try {
    return verify(hashes ? hash : null, signed.bytes, { key, ...options }, signed.signature);
  } catch {
    // OpenSSL throws on signatures that are not even of the right form: they do not verify.
    return false;
  }
}

/** The key type each padding is for, and what Node has to be told. */
const PADDINGS: Readonly<
  Record<
    Padding,
    { type: string; hashes: boolean; options: { padding?: number; saltLength?: number } }
  >
> = {
  pkcs1: { type: 'rsa', hashes: true, options: { padding: constants.RSA_PKCS1_PADDING } },
  pss: {
    type: 'rsa',
    hashes: true,
    options: {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_AUTO,
    },
  },
  ecdsa: { type: 'ec', hashes: true, options: {} },
  eddsa: { type: 'ed25519', hashes: false, options: {} },
};

function readScheme(algorithm: Der): Scheme | undefined {
  const [id, parameters] = sequence(algorithm);
  const scheme = SCHEMES.get(oidOf(id));
  if (scheme?.padding !== 'pss') return scheme;
  return { padding: 'pss', hash: pssHash(parameters) };
}

/** RFC 4055 §3.1: `[0]` names the hash; it is SHA-1 where absent. */
function pssHash(parameters: Der | undefined): Hash | undefined {
  const [hash] = parameters === undefined ? [] : sequence(parameters);
  if (hash?.tag !== 0xa0) return undefined;
  const [algorithm] = derItems(hash);
  const [id] = sequence(algorithm);
  return HASHES.get(oidOf(id));
}
