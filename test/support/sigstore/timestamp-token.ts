import { createHash } from 'node:crypto';
import { type MadeCertificate, encodeName, randomSerial } from './certificate.ts';
import {
  element,
  explicitTag,
  generalizedTime,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  time,
} from './der.ts';
import type { HashName, SigningKey } from './signing-key.ts';

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  rsaEncryption: '1.2.840.113549.1.1.1',
  policy: '1.3.6.1.4.1.99999.2',
} as const;

const HASH_OID: Readonly<Record<HashName, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

export interface TokenOptions {
  /** Hash of the imprint. */
  readonly imprintHash?: HashName;
  /** What the data hashes to, where only that is known. */
  readonly digest?: Buffer;
  /** Digits after the second of genTime. */
  readonly fraction?: string;
  readonly embed?: readonly MadeCertificate[];
  /** PKIStatus (RFC 3161 §2.4.2): 0 is granted. */
  readonly status?: number;
  /** What the token says it holds, instead of a TSTInfo. */
  readonly contentType?: string;
  /** Names the signature algorithm as bare rsaEncryption, as many RSA authorities do. */
  readonly bareRsa?: boolean;
  /** Leaves out the attribute that names the signer's certificate (RFC 5816). */
  readonly withoutSigningCertificate?: boolean;
  readonly nonce?: number;
}

export interface TokenSigner {
  readonly certificate: MadeCertificate;
  readonly key: SigningKey;
}

/** A TimeStampResp (RFC 3161 §2.4.2) over `data`. */
export function timestampResponse(
  data: Buffer,
  at: Date,
  { signer, options = {} }: { signer: TokenSigner; options?: TokenOptions },
): Buffer {
  const info = tstInfo(data, at, options);
  const status = sequence(integer(options.status ?? 0));
  return sequence(status, timestampToken(info, at, { signer, options }));
}

function tstInfo(data: Buffer, at: Date, options: TokenOptions): Buffer {
  const hash = options.imprintHash ?? 'sha256';
  const digest = options.digest ?? createHash(hash).update(data).digest();
  return sequence(
    integer(1),
    oid(OID.policy),
    sequence(hashAlgorithm(hash), octetString(digest)),
    integer(randomSerial()),
    generalizedTime(at, options.fraction),
    sequence(integer(1)),
    ...(options.nonce === undefined ? [] : [integer(options.nonce)]),
  );
}

/** ContentInfo with SignedData (RFC 5652 §5.1). */
function timestampToken(
  info: Buffer,
  at: Date,
  { signer, options }: { signer: TokenSigner; options: TokenOptions },
): Buffer {
  const hash = signer.key.hash ?? 'sha256';
  const contentType = options.contentType ?? OID.tstInfo;
  const certificates = options.embed ?? [];
  const embedded =
    certificates.length === 0 ? [] : [element(0xa0, ...certificates.map(({ der }) => der))];
  const signedData = sequence(
    integer(3),
    setOf(hashAlgorithm(hash)),
    sequence(oid(contentType), explicitTag(0, octetString(info))),
    ...embedded,
    setOf(signerInfo(signedAttributes(info, at, { signer, options }), { signer, options })),
  );
  return sequence(oid(OID.signedData), explicitTag(0, signedData));
}

function signedAttributes(
  info: Buffer,
  at: Date,
  { signer, options }: { signer: TokenSigner; options: TokenOptions },
): Buffer {
  const hash = signer.key.hash ?? 'sha256';
  const certificateHash = createHash('sha256').update(signer.certificate.der).digest();
  const signingCertificate = attribute(
    OID.signingCertificateV2,
    sequence(sequence(sequence(octetString(certificateHash)))),
  );
  return setOf(
    attribute(OID.contentType, oid(options.contentType ?? OID.tstInfo)),
    attribute(OID.signingTime, time(at)),
    attribute(OID.messageDigest, octetString(createHash(hash).update(info).digest())),
    ...(options.withoutSigningCertificate === true ? [] : [signingCertificate]),
  );
}

function signerInfo(
  attributes: Buffer,
  { signer, options }: { signer: TokenSigner; options: TokenOptions },
): Buffer {
  const { certificate, key } = signer;
  // Signed as a SET, sent under an implicit tag (RFC 5652 §5.4).
  const tagged = Buffer.concat([Buffer.from([0xa0]), attributes.subarray(1)]);
  return sequence(
    integer(1),
    sequence(encodeName(certificate.issuer), integer(certificate.serial)),
    hashAlgorithm(key.hash ?? 'sha256'),
    tagged,
    options.bareRsa === true
      ? sequence(oid(OID.rsaEncryption), nullValue())
      : key.signatureAlgorithm,
    octetString(key.sign(attributes)),
  );
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), setOf(value));
}

function hashAlgorithm(hash: HashName): Buffer {
  return sequence(oid(HASH_OID[hash]));
}
