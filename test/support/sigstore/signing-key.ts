import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { nullValue, oid, sequence } from './der.ts';

export type KeyType =
  'ecdsa-p256' | 'ecdsa-p384' | 'ecdsa-p521' | 'rsa-2048' | 'rsa-3072' | 'ed25519';

export type HashName = 'sha256' | 'sha384' | 'sha512';

/** A private key of the double with all that its certificates and signatures need. */
export interface SigningKey {
  readonly type: KeyType;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** SPKI, `-----BEGIN PUBLIC KEY-----`: what goes into a policy. */
  readonly publicKeyPem: string;
  /** What it signs with; undefined for Ed25519, which hashes itself. */
  readonly hash: HashName | undefined;
  readonly sign: (data: Buffer) => Buffer;
  /** DER AlgorithmIdentifier of those signatures. */
  readonly signatureAlgorithm: Buffer;
}

const CURVES: Readonly<Record<string, { readonly name: string; readonly hash: HashName }>> = {
  'ecdsa-p256': { name: 'P-256', hash: 'sha256' },
  'ecdsa-p384': { name: 'P-384', hash: 'sha384' },
  'ecdsa-p521': { name: 'P-521', hash: 'sha512' },
};

const RSA_BITS: Readonly<Record<string, number>> = { 'rsa-2048': 2048, 'rsa-3072': 3072 };

const ECDSA_OIDS: Readonly<Record<HashName, string>> = {
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};

const RSA_OIDS: Readonly<Record<HashName, string>> = {
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};

const ED25519_OID = '1.3.101.112';
const ED25519_SEED_BYTES = 32;

export interface SigningKeyOptions {
  /** The curve's own hash, SHA-256 for RSA, unless told otherwise. */
  readonly hash?: HashName;
  /** RSA-PSS for RSA keys, the pre-hashed variant (RFC 8032 §5.1) for Ed25519 keys. */
  readonly scheme?: 'plain' | 'pss' | 'prehashed';
}

/** Makes a key that signs in one way. */
export function createSigningKey(
  type: KeyType = 'ecdsa-p256',
  { hash, scheme = 'plain' }: SigningKeyOptions = {},
): SigningKey {
  const privateKey = generate(type);
  const publicKey = createPublicKey(privateKey);
  const used = type === 'ed25519' ? undefined : (hash ?? CURVES[type]?.hash ?? 'sha256');
  return {
    type,
    privateKey,
    publicKey,
    spki: publicKey.export({ format: 'der', type: 'spki' }),
    publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    hash: used,
    sign: signer(privateKey, used, scheme),
    signatureAlgorithm: signatureAlgorithm(type, used),
  };
}

/** SHA-256 of the SubjectPublicKeyInfo: what Rekor v1 and certificate logs call their log id (RFC 6962 §3.2). */
export function keyId({ spki }: SigningKey): Buffer {
  return createHash('sha256').update(spki).digest();
}

function signer(
  key: KeyObject,
  hash: HashName | undefined,
  scheme: SigningKeyOptions['scheme'],
): SigningKey['sign'] {
  if (scheme === 'pss') {
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
    return (data) => sign(hash, data, { key, padding, saltLength });
  }
  if (scheme === 'prehashed') {
    const seed = key.export({ format: 'der', type: 'pkcs8' }).subarray(-ED25519_SEED_BYTES);
    return (data) => Buffer.from(ed25519ph.sign(data, seed));
  }
  return (data) => sign(hash ?? null, data, key);
}

function generate(type: KeyType): KeyObject {
  const curve = CURVES[type];
  if (curve !== undefined) return generateKeyPairSync('ec', { namedCurve: curve.name }).privateKey;
  const modulusLength = RSA_BITS[type];
  return modulusLength === undefined
    ? generateKeyPairSync('ed25519').privateKey
    : generateKeyPairSync('rsa', { modulusLength }).privateKey;
}

function signatureAlgorithm(type: KeyType, hash: HashName | undefined): Buffer {
  if (hash === undefined) return sequence(oid(ED25519_OID));
  return type.startsWith('rsa')
    ? sequence(oid(RSA_OIDS[hash]), nullValue())
    : sequence(oid(ECDSA_OIDS[hash]));
}
