import { createHash } from 'node:crypto';
import { messageOf } from '../base/coded-error.ts';
import type { Authority } from '../trust/authority.ts';
import { type Certificate, parseCertificate } from '../trust/certificate.ts';
import { verifyScheme } from '../trust/signature-scheme.ts';
import { type CertificatePath, findPaths, isPathValidAt } from './certificate-path.ts';
import { PURPOSE } from './certificate-usage.ts';
import { type EvidenceProblem, isProblem, problem } from './evidence-problem.ts';
import { hashOf } from './known-digests.ts';
import { readTimestampResponse, type TimestampToken } from './timestamp-token.ts';

/** A time for which a trusted timestamp authority vouches. */
export interface VerifiedTimestamp {
  readonly authority: Authority;
  /** The authority's certificate that the timestamp's path ends in. */
  readonly anchor: Certificate;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/**
 * Verifies an RFC 3161 timestamp over one of `stamped`, under one of the authorities. Where an authority
 * names its signing certificates only those count, else one that came along and leads to its anchors.
 * @param stamped what the timestamp may be over: the signature, or what older formats stamped.
 */
export function verifyTimestamp(
  der: Buffer,
  stamped: readonly Buffer[],
  authorities: readonly Authority[],
): VerifiedTimestamp | EvidenceProblem {
  let token: TimestampToken;
  try {
    token = readTimestampResponse(der);
  } catch (error) {
    return problem('TIMESTAMP_MALFORMED', `timestamp cannot be read: ${messageOf(error)}`);
  }
  if (!stamped.some((bytes) => isOver(token, bytes)))
    return problem('TIMESTAMP_IMPRINT', 'timestamp is of something else than this signature');
  const results = authorities.map((authority) => verifyUnder(token, authority));
  const verified = results.find((result) => 'time' in result);
  if (verified !== undefined) return verified;
  const problems = results.flatMap((result) => ('code' in result ? [result] : []));
  const telling = problems.find(({ code }) => code !== 'TIMESTAMP_UNKNOWN_AUTHORITY');
  return telling ?? UNKNOWN;
}

const UNKNOWN = problem(
  'TIMESTAMP_UNKNOWN_AUTHORITY',
  'timestamp is of an authority that is not trusted',
);

function isOver({ imprint }: TimestampToken, bytes: Buffer): boolean {
  return hashOf(bytes, imprint.algorithm).equals(imprint.digest);
}

function verifyUnder(
  token: TimestampToken,
  authority: Authority,
): VerifiedTimestamp | EvidenceProblem {
  const signer = findSigner(token, authority);
  if (signer === undefined) return UNKNOWN;
  const helpers = token.certificates.map(parseCertificate).filter(isCertificate);
  const paths = findPaths(signer, {
    authorities: [authority],
    helpers,
    purpose: PURPOSE.timestamping,
  });
  if (isProblem(paths)) {
    return paths.code === 'CERTIFICATE_UNTRUSTED'
      ? UNKNOWN
      : problem('TIMESTAMP_INVALID', `timestamp authority: ${paths.message}`);
  }
  return verifySignedBy(token, signer, { authority, paths });
}

function verifySignedBy(
  token: TimestampToken,
  signer: Certificate,
  { authority, paths }: { authority: Authority; paths: readonly CertificatePath[] },
): VerifiedTimestamp | EvidenceProblem {
  if (!verifyScheme(token.signedAttributes, token.signature, signer.key))
    return problem('TIMESTAMP_INVALID', 'timestamp was not signed by its authority');
  const anchor = paths.find((path) => isPathValidAt(path, token.time))?.certificates.at(-1);
  if (anchor !== undefined) return { authority, anchor, time: token.time };
  const then = new Date(token.time).toISOString();
  return problem('TIMESTAMP_NOT_VALID_THEN', `timestamp authority was not valid at ${then}`);
}

/** The certificate that the token names, by issuer, serial number and, where it tells, digest (CVE-2026-39984). */
function findSigner(token: TimestampToken, authority: Authority): Certificate | undefined {
  const candidates =
    authority.signers.length > 0
      ? authority.signers
      : token.certificates.map(parseCertificate).filter(isCertificate);
  return candidates.find(
    ({ issuer, serial, der }) =>
      issuer.equals(token.signer.issuer) &&
      serial.equals(token.signer.serial) &&
      matchesSignerDigest(token, der),
  );
}

function matchesSignerDigest({ signerDigest }: TimestampToken, der: Buffer): boolean {
  if (signerDigest === undefined) return true;
  const digest = createHash(signerDigest.algorithm).update(der).digest();
  return digest.equals(signerDigest.digest);
}

function isCertificate(parsed: Certificate | string): parsed is Certificate {
  return typeof parsed !== 'string';
}
