import { createHash } from 'node:crypto';
import { explicit, generalizedTime, int, nothing, octets, oid, seq, set } from './asn1.ts';
import {
  DIGITAL_SIGNATURE,
  type MadeCertificate,
  makeCertificate,
  type CertificateOptions,
  signatureAlgorithm,
  signX509,
  TIME_STAMPING,
} from './certificate-maker.ts';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const TIMESTAMP_INFO = '1.2.840.113549.1.9.16.1.4';

/** A certificate of a timestamp authority. */
export function makeTimestampSigner(
  issuer: MadeCertificate,
  options: CertificateOptions = {},
): MadeCertificate {
  return makeCertificate(issuer, {
    subject: [['CN', 'Test timestamps']],
    keyUsage: { bits: [DIGITAL_SIGNATURE] },
    purposes: { oids: [TIME_STAMPING], critical: true },
    ...options,
  });
}

/** What may differ from a good token. */
export interface TokenOptions {
  readonly time: number;
  /** Seconds. */
  readonly accuracy?: number;
  readonly fraction?: string;
  readonly policy?: string;
  readonly version?: number;
  readonly contentType?: string;
  /** The content type in the signed attributes. */
  readonly attributeType?: string;
  readonly imprintHash?: 'sha1' | 'sha256';
  /** Embedded certificates, if not the chain. */
  readonly certificates?: readonly MadeCertificate[];
  /** The certificate that SigningCertificateV2 names, if not the signer's. */
  readonly named?: MadeCertificate;
  readonly withoutNamed?: boolean;
  readonly attributeTime?: number;
  /** Signs with this key instead. */
  readonly signingKey?: MadeCertificate;
  /** Changes the content after its hash was signed. */
  readonly changeContent?: (content: Buffer) => Buffer;
}

/** An RFC 3161 TimeStampToken over `message` by the first certificate of the chain. */
export function makeTimestampToken(
  message: Buffer,
  chain: readonly MadeCertificate[],
  options: TokenOptions,
): Buffer {
  const [leaf] = chain;
  if (leaf === undefined) throw new Error('a chain needs a signing certificate');
  const content = timestampInfo(message, options);
  const attributes = signedAttributes(content, leaf, options).toSorted((a, b) =>
    Buffer.compare(a, b),
  );
  const signature = signX509(set(...attributes), (options.signingKey ?? leaf).key);
  const signer = seq(
    int(1),
    seq(leaf.issuerName, int(leaf.serial)),
    seq(oid(SHA256), nothing),
    explicit(0, ...attributes),
    signatureAlgorithm(leaf.key),
    octets(signature),
  );
  const stored = options.changeContent?.(content) ?? content;
  const type = options.contentType ?? TIMESTAMP_INFO;
  const data = seq(
    int(3),
    set(seq(oid(SHA256), nothing)),
    seq(oid(type), explicit(0, octets(stored))),
    explicit(0, ...(options.certificates ?? chain).map(({ der }) => der)),
    set(signer),
  );
  return seq(oid('1.2.840.113549.1.7.2'), explicit(0, data));
}

function timestampInfo(message: Buffer, options: TokenOptions): Buffer {
  const hash = options.imprintHash ?? 'sha256';
  const accuracy = options.accuracy === undefined ? [] : [seq(int(options.accuracy))];
  return seq(
    int(options.version ?? 1),
    oid(options.policy ?? '1.2.3.4'),
    seq(
      seq(oid(hash === 'sha1' ? '1.3.14.3.2.26' : SHA256), nothing),
      octets(createHash(hash).update(message).digest()),
    ),
    int(7),
    generalizedTime(options.time, options.fraction),
    ...accuracy,
  );
}

function signedAttributes(
  content: Buffer,
  leaf: MadeCertificate,
  options: TokenOptions,
): readonly Buffer[] {
  const named = createHash('sha256')
    .update((options.named ?? leaf).der)
    .digest();
  const attribute = (type: string, value: Buffer): Buffer => seq(oid(type), set(value));
  const time = options.attributeTime;
  return [
    attribute('1.2.840.113549.1.9.3', oid(options.attributeType ?? TIMESTAMP_INFO)),
    attribute('1.2.840.113549.1.9.4', octets(createHash('sha256').update(content).digest())),
    ...(time === undefined ? [] : [attribute('1.2.840.113549.1.9.5', generalizedTime(time))]),
    ...(options.withoutNamed === true
      ? []
      : [attribute('1.2.840.113549.1.9.16.2.47', seq(seq(seq(octets(named)))))]),
  ];
}
