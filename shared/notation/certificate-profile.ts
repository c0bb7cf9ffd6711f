import { readDer } from './der.ts';
import { algorithmOfKey } from './signature-algorithm.ts';
import type { Certificate } from './certificate.ts';
import { smallInteger } from './der-integer.ts';
import { sequence, TAG } from './der-tag.ts';
import { bitStringOf, oidOf } from './der-values.ts';

/** What a chain is for: who signs artifacts, or who signs timestamps. */
export type ChainPurpose = 'code-signing' | 'timestamping';

/** RFC 5280 §4.2.1: the only extensions that Notary Project signatures honour. */
const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';

/** RFC 5280 §4.2.1.3: bits of KeyUsage, counted from the most significant one. */
const DIGITAL_SIGNATURE = 0;
const CERT_SIGN = 5;
const CRL_SIGN = 6;
const FORBIDDEN_FOR_LEAVES: readonly (readonly [number, string])[] = [
  [2, 'key encipherment'],
  [3, 'data encipherment'],
  [4, 'key agreement'],
  [5, 'certificate signing'],
  [6, 'CRL signing'],
  [7, 'encipher only'],
  [8, 'decipher only'],
];

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** Purposes that a code signing certificate must not have (signature-specification.md "Leaf Certificates"). */
const FORBIDDEN_FOR_CODE_SIGNING: ReadonlyMap<string, string> = new Map([
  ['2.5.29.37.0', 'any purpose'],
  ['1.3.6.1.5.5.7.3.1', 'TLS server'],
  ['1.3.6.1.5.5.7.3.2', 'TLS client'],
  ['1.3.6.1.5.5.7.3.4', 'e-mail protection'],
  [TIME_STAMPING, 'timestamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSP signing'],
]);

/** What is wrong with a certificate at the start of a chain; undefined where nothing is. @throws {DerError} */
export function leafProblem(leaf: Certificate, purpose: ChainPurpose): string | undefined {
  if (basicConstraints(leaf)?.isCa === true) return 'is a CA certificate, expected a signing one';
  return (
    keyUsageProblem(leaf, purpose) ??
    leafUsageProblem(leaf) ??
    purposeProblem(leaf, purpose) ??
    (algorithmOfKey(leaf.publicKey) === undefined
      ? 'has a key that is not RSA of 2048, 3072 or 4096 bits or ECDSA P-256, P-384 or P-521'
      : undefined)
  );
}

/**
 * What is wrong with a CA certificate that has `below` CA certificates between itself and the leaf.
 * @throws {DerError}
 */
export function authorityProblem(
  authority: Certificate,
  purpose: ChainPurpose,
  below: number,
): string | undefined {
  const constraints = basicConstraints(authority);
  if (constraints?.isCa !== true) return 'is not a CA certificate (basic constraints)';
  if (constraints.pathLength !== undefined && constraints.pathLength < below)
    return `allows ${constraints.pathLength} CA certificates below it, found ${below}`;
  if (!keyUsages(authority)?.has(CERT_SIGN)) return 'may not sign certificates (key usage)';
  return keyUsageProblem(authority, purpose);
}

/** Whether an OCSP responder's certificate says that it may answer for its issuer. @throws {DerError} */
export function isOcspResponder(certificate: Certificate): boolean {
  return extendedKeyUsages(certificate).includes('1.3.6.1.5.5.7.3.9');
}

/** Whether a CA certificate may sign lists of revoked certificates. @throws {DerError} */
export function maySignRevocationLists(authority: Certificate): boolean {
  return keyUsages(authority)?.has(CRL_SIGN) === true;
}

/** Timestamp authorities in use mark the extension critical less often than the specification wants. */
function keyUsageProblem({ extensions }: Certificate, purpose: ChainPurpose): string | undefined {
  const usage = extensions.get(KEY_USAGE);
  if (usage === undefined) return 'has no key usage extension';
  if (purpose === 'code-signing' && !usage.critical)
    return 'has a key usage extension that is not critical';
  return undefined;
}

function leafUsageProblem(leaf: Certificate): string | undefined {
  const usages = keyUsages(leaf);
  if (!usages?.has(DIGITAL_SIGNATURE)) return 'may not sign (key usage "digital signature")';
  const wrong = FORBIDDEN_FOR_LEAVES.filter(([bit]) => usages.has(bit)).map(([, name]) => name);
  return wrong.length === 0
    ? undefined
    : `may be used for ${wrong.join(', ')}, expected digital signatures only (key usage)`;
}

function purposeProblem(leaf: Certificate, purpose: ChainPurpose): string | undefined {
  const purposes = extendedKeyUsages(leaf);
  if (purpose === 'timestamping') {
    const critical = leaf.extensions.get(EXTENDED_KEY_USAGE)?.critical === true;
    return critical && purposes.length === 1 && purposes[0] === TIME_STAMPING
      ? undefined
      : 'must have timestamping as its only extended key usage, marked critical (RFC 3161 §2.3)';
  }
  const wrong = purposes.map((oid) => FORBIDDEN_FOR_CODE_SIGNING.get(oid)).find(Boolean);
  return wrong === undefined ? undefined : `is also for ${wrong} (extended key usage)`;
}

function extendedKeyUsages({ extensions }: Certificate): readonly string[] {
  const usage = extensions.get(EXTENDED_KEY_USAGE);
  return usage === undefined ? [] : sequence(readDer(usage.value)).map((oid) => oidOf(oid));
}

function keyUsages({ extensions }: Certificate): ReadonlySet<number> | undefined {
  const usage = extensions.get(KEY_USAGE);
  if (usage === undefined) return undefined;
  const octets = bitStringOf(readDer(usage.value));
  const isSet = (bit: number): boolean => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  return new Set([0, 1, 2, 3, 4, 5, 6, 7, 8].filter(isSet));
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
function basicConstraints({
  extensions,
}: Certificate): { isCa: boolean; pathLength: number | undefined } | undefined {
  const extension = extensions.get(BASIC_CONSTRAINTS);
  if (extension === undefined) return undefined;
  const fields = [...sequence(readDer(extension.value))];
  const ca = fields[0]?.tag === TAG.boolean ? fields.shift() : undefined;
  const [length] = fields;
  return {
    isCa: ca !== undefined && ca.content[0] !== 0,
    pathLength: length === undefined ? undefined : smallInteger(length),
  };
}
