import { constants, type KeyObject, verify } from 'node:crypto';
import { DER_TAG, derElements, type DerElement } from '../base/der.ts';
import { readOid } from '../base/der-values.ts';

export type HashName = 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** How certificates and timestamps are signed: kind of key, and hash where the algorithm names one. */
export interface SignatureScheme {
  readonly kind: 'ecdsa' | 'rsa' | 'rsa-pss' | 'ed25519';
  readonly hash: HashName | undefined;
}

const HASHES: ReadonlyMap<string, HashName> = new Map([
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/** RFC 5758, RFC 4055, RFC 8410. SHA-1 and MD5 are left out: their signatures can be made for two texts. */
const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map([
  ['1.2.840.10045.4.3.1', { kind: 'ecdsa', hash: 'sha224' }],
  ['1.2.840.10045.4.3.2', { kind: 'ecdsa', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { kind: 'ecdsa', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { kind: 'ecdsa', hash: 'sha512' }],
  ['1.2.840.113549.1.1.11', { kind: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { kind: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { kind: 'rsa', hash: 'sha512' }],
  ['1.2.840.113549.1.1.14', { kind: 'rsa', hash: 'sha224' }],
  ['1.3.101.112', { kind: 'ed25519', hash: undefined }],
  // CMS also names the kind of key only; the hash is then that of the digest algorithm.
  ['1.2.840.113549.1.1.1', { kind: 'rsa', hash: undefined }],
  ['1.2.840.10045.2.1', { kind: 'ecdsa', hash: undefined }],
]);

const RSA_PSS = '1.2.840.113549.1.1.10';

/** The hash that an AlgorithmIdentifier names, if it is one of SHA-2. */
export function hashOf(algorithm: DerElement): HashName | undefined {
  return HASHES.get(readOid(derElements(algorithm.contents)[0]));
}

/**
 * The scheme that an AlgorithmIdentifier names; undefined for one that is not accepted.
 * @throws {DerError}
 */
export function signatureSchemeOf(algorithm: DerElement): SignatureScheme | undefined {
  const [oid, parameters] = derElements(algorithm.contents);
  const name = readOid(oid);
  return name === RSA_PSS ? pssScheme(parameters) : SCHEMES.get(name);
}

/** RSASSA-PSS-params: `[0]` holds the hash; without it the default is SHA-1, which is not accepted. */
function pssScheme(parameters: DerElement | undefined): SignatureScheme | undefined {
  if (parameters?.tag !== DER_TAG.sequence) return undefined;
  const tagged = derElements(parameters.contents).find(({ tag }) => tag === 0xa0);
  const [algorithm] = tagged === undefined ? [] : derElements(tagged.contents);
  const hash = algorithm === undefined ? undefined : hashOf(algorithm);
  return hash === undefined ? undefined : { kind: 'rsa-pss', hash };
}

export interface SchemeSignature {
  readonly scheme: SignatureScheme;
  readonly value: Buffer;
}

const KEY_TYPES: Readonly<Record<SignatureScheme['kind'], readonly string[]>> = {
  ecdsa: ['ec'],
  rsa: ['rsa'],
  'rsa-pss': ['rsa', 'rsa-pss'],
  ed25519: ['ed25519'],
};

/** Whether `key` made this signature over `data`; a key of another kind than the scheme's did not. */
export function verifyScheme(
  data: Buffer,
  { scheme, value }: SchemeSignature,
  key: KeyObject,
): boolean {
  const { kind, hash } = scheme;
  if (!KEY_TYPES[kind].includes(key.asymmetricKeyType ?? '')) return false;
  if (kind !== 'ed25519' && hash === undefined) return false;
  try {
    if (kind === 'ed25519') return verify(null, data, key, value);
    if (kind !== 'rsa-pss') return verify(hash, data, key, value);
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const saltLength = constants.RSA_PSS_SALTLEN_AUTO;
    return verify(hash, data, { key, padding, saltLength }, value);
  } catch {
    // OpenSSL throws on signatures that are not even of the right form: they do not verify.
    return false;
  }
}
