import { berToDer } from './ber-to-der.ts';
import { type Der, DerError, derItems, readDer } from './der.ts';
import { encodeDer } from './encode-der.ts';
import { integerHex, smallInteger } from './der-integer.ts';
import { expectTag, sequence, TAG } from './der-tag.ts';
import { oidOf } from './der-values.ts';

/** RFC 5652 §5.1: what is read of a SignedData whose content is inside it. */
export interface SignedData {
  readonly contentType: string;
  readonly content: Buffer;
  /** DER of the certificates that came along; nobody vouches for them. */
  readonly certificates: readonly Buffer[];
  readonly signers: readonly SignerInfo[];
}

/** RFC 5652 §5.3, with issuer and serial number as identifier and signed attributes. */
export interface SignerInfo {
  /** DER of the issuer's Name. */
  readonly issuer: Buffer;
  readonly serial: string;
  readonly digestAlgorithm: string;
  /** The attributes as they are signed: a SET OF, not the implicit tag they are stored under. */
  readonly signedBytes: Buffer;
  /** Values by attribute type; an attribute that occurs twice is refused. */
  readonly attributes: ReadonlyMap<string, Der>;
  readonly signatureAlgorithm: Der;
  readonly signature: Buffer;
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';

/** RFC 5652 §5.1, §5.3: versions of data that is no plain content, and of a signer named by issuer. */
const CONTENT_VERSION = 3;
const SIGNER_VERSION = 1;

/** A token has one signer; a chain of certificates is about three. */
const MAX_SIGNERS = 4;
const MAX_CERTIFICATES = 12;

/** Implicit and explicit context tags of RFC 5652. */
const CONTEXT_0 = 0xa0;

/** Reads a ContentInfo with SignedData, BER or DER. @throws {DerError} */
export function readSignedData(bytes: Buffer): SignedData {
  const [type, explicit] = sequence(readDer(berToDer(bytes)));
  if (oidOf(type) !== SIGNED_DATA) throw new DerError('it is not signed data');
  const [body] = derItems(expectTag(explicit, CONTEXT_0));
  const [version, , encapsulated, ...rest] = sequence(body);
  if (smallInteger(version) !== CONTENT_VERSION) throw new DerError('it is of another version');
  const [contentType, content] = sequence(encapsulated);
  const [octets] = derItems(expectTag(content, CONTEXT_0));
  const certificates = rest[0]?.tag === CONTEXT_0 ? derItems(rest[0]) : [];
  const signers = derItems(expectTag(rest.at(-1), TAG.set));
  if (certificates.length > MAX_CERTIFICATES || signers.length > MAX_SIGNERS)
    throw new DerError('it has too many certificates or signers');
  return {
    contentType: oidOf(contentType),
    content: expectTag(octets, TAG.octetString).content,
    certificates: certificates
      .filter(({ tag }) => tag === TAG.sequence)
      .map((certificate) => certificate.raw),
    signers: signers.map(readSigner),
  };
}

function readSigner(element: Der): SignerInfo {
  const [version, identifier, digest, attributes, signatureAlgorithm, signature] =
    sequence(element);
  if (smallInteger(version) !== SIGNER_VERSION)
    throw new DerError('a signer is not named by issuer and serial number');
  const [issuer, serial] = sequence(identifier);
  const [digestAlgorithm] = sequence(digest);
  const stored = expectTag(attributes, CONTEXT_0);
  return {
    issuer: expectTag(issuer, TAG.sequence).raw,
    serial: integerHex(serial),
    digestAlgorithm: oidOf(digestAlgorithm),
    signedBytes: encodeSet(derItems(stored)),
    attributes: readAttributes(stored),
    signatureAlgorithm: expectTag(signatureAlgorithm, TAG.sequence),
    signature: expectTag(signature, TAG.octetString).content,
  };
}

/** DER sorts the elements of a SET OF (X.690 §11.6); not every authority stores them sorted. */
function encodeSet(items: readonly Der[]): Buffer {
  const sorted = items.map(({ raw }) => raw).toSorted((a, b) => Buffer.compare(a, b));
  return encodeDer(TAG.set, ...sorted);
}

function readAttributes(stored: Der): ReadonlyMap<string, Der> {
  const attributes = derItems(stored).map((attribute): readonly [string, Der] => {
    const [type, values] = sequence(attribute);
    const [value, ...more] = derItems(expectTag(values, TAG.set));
    if (value === undefined || more.length > 0)
      throw new DerError('a signed attribute does not have exactly one value');
    return [oidOf(type), value];
  });
  const byType = new Map(attributes);
  if (byType.size !== attributes.length) throw new DerError('a signed attribute occurs twice');
  return byType;
}
