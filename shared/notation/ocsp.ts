import { createHash } from 'node:crypto';
import { messageOf } from '../base/coded-error.ts';
import { isOcspResponder } from './certificate-profile.ts';
import { type CertificateStatus, unknownStatus } from './certificate-status.ts';
import { type Der, derItems, readDer } from './der.ts';
import { encodeDer } from './encode-der.ts';
import { verifySignedBytes } from './x509-signature.ts';
import { type Certificate, isIssuedBy, isValidAt, readCertificate } from './certificate.ts';
import { smallInteger } from './der-integer.ts';
import { expectTag, sequence, TAG } from './der-tag.ts';
import { bitStringOf, oidOf, timeOf } from './der-values.ts';
import { readExtension } from './x509-extension.ts';

/** A certificate and the one that issued it. */
export interface IssuedCertificate {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** What an answer is read for. */
export interface StatusContext extends IssuedCertificate {
  /** Milliseconds. */
  readonly now: number;
  /** Authentic time of the signature: a key that became invalid later was good then. */
  readonly signingTime: number | undefined;
}

/** RFC 6960 §4.2.2.3 and §4.2.1. */
const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';
const SUCCESSFUL = 0;
const GOOD = 0x80;
const REVOKED = 0xa1;

/** A responder's clock may be a little ahead of ours. */
const MAX_SKEW_MS = 5 * 60 * 1000;

/** RFC 5280 §5.3.2. */
const INVALIDITY_DATE = '2.5.29.24';

/** SHA-1 only names the certificate here, and is what every responder understands (as in notation). */
const SHA1_ALGORITHM: Buffer = Buffer.from('300906052b0e03021a0500', 'hex');

/** An OCSP request for one certificate (RFC 6960 §4.1.1), unsigned, without nonce. */
export function encodeOcspRequest(issued: IssuedCertificate): Buffer {
  const request = encodeDer(TAG.sequence, certificateId(issued));
  return encodeDer(TAG.sequence, encodeDer(TAG.sequence, encodeDer(TAG.sequence, request)));
}

/** What a responder's answer says about the certificate. Pure; never throws. */
export function readOcspStatus(bytes: Buffer, context: StatusContext): CertificateStatus {
  try {
    const [status, body] = sequence(readDer(bytes));
    const code = smallInteger({ ...expectTag(status, TAG.enumerated), tag: TAG.integer });
    if (code !== SUCCESSFUL) return unknownStatus(`the OCSP responder refused (status ${code})`);
    const [wrapped] = body === undefined ? [] : derItems(body);
    const [type, response] = sequence(wrapped);
    if (oidOf(type) !== BASIC_RESPONSE) return unknownStatus('the OCSP answer is of another type');
    return readBasic(readDer(expectTag(response, TAG.octetString).content), context);
  } catch (error) {
    return unknownStatus(`the OCSP answer cannot be read (${messageOf(error)})`);
  }
}

function readBasic(response: Der, context: StatusContext): CertificateStatus {
  const [data, algorithm, signature, certificates] = sequence(response);
  const signed = expectTag(data, TAG.sequence);
  const responder = findResponder(certificates, context);
  const isSigned = verifySignedBytes(
    {
      bytes: signed.raw,
      signature: bitStringOf(signature),
      algorithm: expectTag(algorithm, TAG.sequence),
    },
    responder.publicKey,
  );
  if (!isSigned) return unknownStatus('the OCSP answer is not signed by the issuer or for it');
  const wanted = certificateId(context);
  const single = responsesIn(signed).find(([id]) => isSameId(id, wanted));
  if (single === undefined) return unknownStatus('the OCSP answer is about another certificate');
  return readSingle(single, context);
}

/** ResponseData: version and responder have context tags, so the responses are its first SEQUENCE. */
function responsesIn(data: Der): readonly (readonly Der[])[] {
  const list = sequence(data).find(({ tag }) => tag === TAG.sequence);
  return sequence(list).map((single) => sequence(single));
}

/** Responders differ in whether the hash algorithm has a NULL parameter; nothing else may differ. */
function isSameId(id: Der | undefined, wanted: Buffer): boolean {
  const parts = (element: Der): readonly string[] => {
    const [algorithm, ...values] = sequence(element);
    return [oidOf(sequence(algorithm)[0]), ...values.map(({ raw }) => raw.toString('hex'))];
  };
  return id !== undefined && parts(id).join() === parts(readDer(wanted)).join();
}

function readSingle(
  [, status, thisUpdate, ...rest]: readonly Der[],
  { now, signingTime }: StatusContext,
): CertificateStatus {
  const next = rest.find(({ tag }) => tag === 0xa0);
  if (next === undefined) return unknownStatus('the OCSP answer does not say how long it counts');
  const until = timeOf(derItems(next)[0]);
  if (now > until || now < timeOf(thisUpdate) - MAX_SKEW_MS)
    return unknownStatus('the OCSP answer is not for this time');
  if (status?.tag === GOOD) return { kind: 'good', until };
  if (status?.tag !== REVOKED) return unknownStatus('the OCSP responder does not know it');
  const invalidFrom = invalidityDate(rest.find(({ tag }) => tag === 0xa1));
  return { kind: isBefore(signingTime, invalidFrom) ? 'good' : 'revoked', until };
}

/** Whether a signature is known to be older than the time from which its key is invalid. */
export function isBefore(
  signingTime: number | undefined,
  invalidFrom: number | undefined,
): boolean {
  return signingTime !== undefined && invalidFrom !== undefined && signingTime < invalidFrom;
}

/** RFC 6960 §4.2.2.2: the issuer itself, or whom it certified for answering. */
function findResponder(field: Der | undefined, { issuer, now }: StatusContext): Certificate {
  const [list] = field === undefined ? [] : derItems(field);
  const [first] = list === undefined ? [] : sequence(list);
  const delegate = first === undefined ? undefined : readCertificate(first.raw);
  if (delegate === undefined || typeof delegate === 'string') return issuer;
  const mayAnswer =
    isIssuedBy(delegate, issuer) && isOcspResponder(delegate) && isValidAt(delegate, now);
  return mayAnswer ? delegate : issuer;
}

function invalidityDate(field: Der | undefined): number | undefined {
  const [list] = field === undefined ? [] : derItems(field);
  const extensions = new Map(list === undefined ? [] : sequence(list).map(readExtension));
  const extension = extensions.get(INVALIDITY_DATE);
  return extension === undefined ? undefined : timeOf(readDer(extension.value));
}

/** CertID (RFC 6960 §4.1.1). */
function certificateId({ certificate, issuer }: IssuedCertificate): Buffer {
  const [, key] = sequence(issuer.spki);
  const sha1 = (bytes: Buffer): Buffer => createHash('sha1').update(bytes).digest();
  return encodeDer(
    TAG.sequence,
    SHA1_ALGORITHM,
    encodeDer(TAG.octetString, sha1(certificate.issuerDer)),
    encodeDer(TAG.octetString, sha1(bitStringOf(key))),
    encodeDer(TAG.integer, Buffer.from(certificate.serial, 'hex')),
  );
}
