import { constants, type KeyObject, verify } from 'node:crypto';

/** signature-specification.md "Algorithm Selection": the key's type and size decide, nothing else. */
export interface SignatureAlgorithm {
  /** Name in JWS headers (RFC 7518 §3.1). */
  readonly jws: string;
  /** Number in COSE headers (RFC 9053 §2.1, RFC 8230 §2). */
  readonly cose: number;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  /** RSA modulus in bits, or the curve as Node names it. */
  readonly key: number | string;
}

const ALGORITHMS: readonly SignatureAlgorithm[] = [
  { jws: 'PS256', cose: -37, hash: 'sha256', key: 2048 },
  { jws: 'PS384', cose: -38, hash: 'sha384', key: 3072 },
  { jws: 'PS512', cose: -39, hash: 'sha512', key: 4096 },
  { jws: 'ES256', cose: -7, hash: 'sha256', key: 'prime256v1' },
  { jws: 'ES384', cose: -35, hash: 'sha384', key: 'secp384r1' },
  { jws: 'ES512', cose: -36, hash: 'sha512', key: 'secp521r1' },
];

/** The algorithm an envelope declares, by its JWS name or COSE number. */
export function algorithmNamed(declared: unknown): SignatureAlgorithm | undefined {
  return ALGORITHMS.find(({ jws, cose }) => declared === jws || declared === cose);
}

/** The one algorithm that signatures of this key are made with; undefined for keys notation does not use. */
export function algorithmOfKey(key: KeyObject): SignatureAlgorithm | undefined {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const size = key.asymmetricKeyType === 'rsa' ? modulusLength : namedCurve;
  const fits = key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec';
  return fits ? ALGORITHMS.find((algorithm) => algorithm.key === size) : undefined;
}

/** Whether `signature` over `bytes` was made by `key` with its algorithm. */
export function verifyEnvelope(bytes: Buffer, signature: Buffer, key: KeyObject): boolean {
  const algorithm = algorithmOfKey(key);
  if (algorithm === undefined) return false;
  const options =
    key.asymmetricKeyType === 'rsa'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
      : { dsaEncoding: 'ieee-p1363' as const };
  try {
    return verify(algorithm.hash, bytes, { key, ...options }, signature);
  } catch {
    // OpenSSL throws on signatures that are not even of the right form: they do not verify.
    return false;
  }
}
