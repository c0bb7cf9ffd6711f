import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import {
  bits,
  bool,
  explicit,
  implicit,
  int,
  name,
  nothing,
  octets,
  oid,
  seq,
  validityTime,
} from './asn1.ts';

export type TestKeyType = 'p256' | 'p384' | 'p521' | 'ed25519' | `rsa-${1024 | 2048 | 3072 | 4096}`;

type Attributes = readonly (readonly [string, string])[];

/** What a made certificate may differ in from a good one for its place. */
export interface CertificateOptions {
  readonly subject?: Attributes;
  readonly keyType?: TestKeyType;
  readonly key?: KeyObject;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly serial?: Buffer;
  /** Undefined leaves the extension out. */
  readonly basicConstraints?: { readonly isCa: boolean; readonly pathLength?: number } | undefined;
  readonly keyUsage?: { readonly bits: readonly number[]; readonly critical?: boolean } | undefined;
  readonly purposes?: { readonly oids: readonly string[]; readonly critical?: boolean } | undefined;
  readonly ocsp?: string;
  readonly crl?: string;
  readonly extensions?: readonly Buffer[];
  /** `sha1` makes a signature that nobody should accept. */
  readonly hash?: 'sha1' | 'sha256';
}

/** A certificate with its private key. */
export interface MadeCertificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly key: KeyObject;
  readonly keyPem: string;
  readonly name: Buffer;
  readonly issuerName: Buffer;
  readonly serial: Buffer;
}

/** Nothing here expires: tests set their own clock inside these bounds. */
export const NOT_BEFORE: number = Date.UTC(2020, 0, 1);
export const NOT_AFTER: number = Date.UTC(2099, 11, 31, 23, 59, 59);

export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
export const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';

/** KeyUsage bits. */
export const DIGITAL_SIGNATURE = 0;
export const CERT_SIGN = 5;
export const CRL_SIGN = 6;

const CURVES: Readonly<Record<string, string>> = { p256: 'P-256', p384: 'P-384', p521: 'P-521' };

const keys = new Map<TestKeyType, KeyObject[]>();

/** RSA keys take long to make: the few that tests need are shared, which no check here depends on. */
function makeKey(type: TestKeyType): KeyObject {
  const curve = CURVES[type];
  if (curve !== undefined) return generateKeyPairSync('ec', { namedCurve: curve }).privateKey;
  if (type === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
  const made = keys.get(type) ?? [];
  if (made[0] === undefined) {
    const modulusLength = Number(type.slice(4));
    made.push(generateKeyPairSync('rsa', { modulusLength }).privateKey);
    keys.set(type, made);
  }
  const [key] = made;
  if (key === undefined) throw new Error('no key was made');
  return key;
}

/** A root: self-signed CA. */
export function makeRoot(options: CertificateOptions = {}): MadeCertificate {
  return makeCertificate(undefined, {
    subject: [['CN', 'Test root']],
    basicConstraints: { isCa: true },
    keyUsage: { bits: [CERT_SIGN, CRL_SIGN] },
    ...options,
  });
}

/** A CA below another. */
export function makeIntermediate(
  issuer: MadeCertificate,
  options: CertificateOptions = {},
): MadeCertificate {
  return makeCertificate(issuer, {
    subject: [['CN', 'Test intermediate']],
    basicConstraints: { isCa: true },
    keyUsage: { bits: [CERT_SIGN, CRL_SIGN] },
    ...options,
  });
}

export const SIGNER_SUBJECT: Attributes = [
  ['C', 'US'],
  ['ST', 'WA'],
  ['O', 'Acme'],
  ['CN', 'release signer'],
];

/** A code signing certificate. */
export function makeSigner(
  issuer: MadeCertificate | undefined,
  options: CertificateOptions = {},
): MadeCertificate {
  return makeCertificate(issuer, {
    subject: SIGNER_SUBJECT,
    basicConstraints: { isCa: false },
    keyUsage: { bits: [DIGITAL_SIGNATURE] },
    purposes: { oids: [CODE_SIGNING] },
    ...options,
  });
}

let lastSerial = 0;

/** Makes any certificate, right or wrong. Without issuer it is self-signed. */
export function makeCertificate(
  issuer: MadeCertificate | undefined,
  options: CertificateOptions,
): MadeCertificate {
  const key = options.key ?? makeKey(options.keyType ?? 'p256');
  const subject = name(options.subject ?? [['CN', 'nobody']]);
  const { key: signingKey, name: issuerName } = issuer ?? { key, name: subject };
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const serial = options.serial ?? nextSerial();
  const algorithm = signatureAlgorithm(signingKey, options.hash);
  const { notBefore = NOT_BEFORE, notAfter = NOT_AFTER } = options;
  const tbs = seq(
    explicit(0, int(2)),
    int(serial),
    algorithm,
    issuerName,
    seq(validityTime(notBefore), validityTime(notAfter)),
    subject,
    spki,
    explicit(3, seq(...extensionsOf(options))),
  );
  const der = seq(tbs, algorithm, bits(signX509(tbs, signingKey, options.hash)));
  const pem = toPem(der);
  const keyPem = key.export({ format: 'pem', type: 'pkcs8' }).toString();
  return { der, pem, key, keyPem, name: subject, issuerName, serial };
}

function nextSerial(): Buffer {
  lastSerial += 1;
  return Buffer.from([0x40, lastSerial >> 8, lastSerial & 0xff]);
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** AlgorithmIdentifier that X.509 and CMS signatures of a key have here. */
export function signatureAlgorithm(key: KeyObject, hash = 'sha256'): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return seq(oid('1.3.101.112'));
  if (key.asymmetricKeyType === 'rsa')
    return seq(oid(`1.2.840.113549.1.1.${hash === 'sha1' ? 5 : 11}`), nothing);
  return seq(oid(hash === 'sha1' ? '1.2.840.10045.4.1' : '1.2.840.10045.4.3.2'));
}

export function signX509(bytes: Buffer, key: KeyObject, hash = 'sha256'): Buffer {
  return sign(key.asymmetricKeyType === 'ed25519' ? null : hash, bytes, key);
}

/** One extension of a certificate, revocation list or response. */
export function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return seq(oid(id), ...(critical ? [bool(true)] : []), octets(value));
}

export function keyHash(made: MadeCertificate): Buffer {
  const publicKey = createPublicKey(made.key).export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(publicKey.x ?? '', 'base64url'),
    Buffer.from(publicKey.y ?? '', 'base64url'),
  ]);
  return createHash('sha1').update(point).digest();
}

function extensionsOf({ ocsp, crl, ...options }: CertificateOptions): readonly Buffer[] {
  const access = (address: string): Buffer =>
    seq(seq(oid('1.3.6.1.5.5.7.48.1'), implicit(6, Buffer.from(address))));
  return [
    ...usageExtensions(options),
    ...(ocsp === undefined ? [] : [extension('1.3.6.1.5.5.7.1.1', false, access(ocsp))]),
    ...(crl === undefined ? [] : [extension('2.5.29.31', false, distributionPoint(crl))]),
    ...(options.extensions ?? []),
  ];
}

function usageExtensions(options: CertificateOptions): readonly Buffer[] {
  const { basicConstraints, keyUsage, purposes } = options;
  const constraints = [
    ...(basicConstraints?.isCa === true ? [bool(true)] : []),
    ...(basicConstraints?.pathLength === undefined ? [] : [int(basicConstraints.pathLength)]),
  ];
  return [
    ...(basicConstraints === undefined ? [] : [extension('2.5.29.19', true, seq(...constraints))]),
    ...(keyUsage === undefined
      ? []
      : [extension('2.5.29.15', keyUsage.critical ?? true, bitSet(keyUsage.bits))]),
    ...(purposes === undefined
      ? []
      : [
          extension(
            '2.5.29.37',
            purposes.critical ?? false,
            seq(...purposes.oids.map((id) => oid(id))),
          ),
        ]),
  ];
}

/** CRLDistributionPoints with one point of one address. */
export function distributionPoint(address: string): Buffer {
  return seq(seq(explicit(0, explicit(0, implicit(6, Buffer.from(address))))));
}

function bitSet(positions: readonly number[]): Buffer {
  const last = Math.max(...positions, 0);
  const bytes = Buffer.alloc(Math.floor(last / 8) + 1);
  for (const bit of positions) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return bits(bytes, 7 - (last % 8));
}
