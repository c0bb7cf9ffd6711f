import { messageOf } from '../base/coded-error.ts';
import { maySignRevocationLists } from './certificate-profile.ts';
import { type CertificateStatus, unknownStatus } from './certificate-status.ts';
import { type Der, derItems, readDer, readElement } from './der.ts';
import { encodeDer } from './encode-der.ts';
import { distributionPoints, pointAddresses } from './revocation-places.ts';
import { isBefore, type StatusContext } from './ocsp.ts';
import { verifySignedBytes } from './x509-signature.ts';
import { smallInteger } from './der-integer.ts';
import { expectTag, sequence, TAG } from './der-tag.ts';
import { bitStringOf, timeOf } from './der-values.ts';
import { type Extension, readExtension, readExtensions } from './x509-extension.ts';

/** A list of revoked certificates whose issuer and signature were verified (RFC 5280 §5). */
export interface RevocationList {
  readonly until: number;
  /** Contents of `revokedCertificates`, entry after entry. */
  readonly entries: Buffer;
  readonly extensions: ReadonlyMap<string, Extension>;
}

/** RFC 5280 §5.2 and §5.3. */
const CRL_NUMBER = '2.5.29.20';
const REASON = '2.5.29.21';
const INVALIDITY_DATE = '2.5.29.24';
const DELTA_INDICATOR = '2.5.29.27';
const ISSUING_POINT = '2.5.29.28';
const FRESHEST_CRL = '2.5.29.46';
const EXTENSIONS = 0xa0;
const HOLD = 6;
const REMOVED = 8;

/**
 * Reads a list that the certificate's issuer must have signed, and that must be current and answer for
 * this certificate. `address` is where it came from.
 * @returns why it is of no use, as text.
 */
export function readRevocationList(
  bytes: Buffer,
  context: StatusContext,
  address: string,
): RevocationList | string {
  try {
    const [tbs, algorithm, signature] = sequence(readDer(bytes));
    const signed = expectTag(tbs, TAG.sequence);
    const isSigned = verifySignedBytes(
      {
        bytes: signed.raw,
        signature: bitStringOf(signature),
        algorithm: expectTag(algorithm, TAG.sequence),
      },
      context.issuer.publicKey,
    );
    if (!isSigned || !maySignRevocationLists(context.issuer))
      return 'the list is not signed by the issuer of the certificate';
    return readList(derItems(signed), context, address);
  } catch (error) {
    return `the list cannot be read (${messageOf(error)})`;
  }
}

/** Where a list says that its newest changes are, if anywhere. @throws {DerError} */
export function freshestPlaces({ extensions }: RevocationList): readonly string[] {
  const extension = extensions.get(FRESHEST_CRL);
  return extension === undefined ? [] : distributionPoints(extension.value).flat();
}

/** Whether a list of changes is one, and of this list. @throws {DerError} */
export function isDeltaOf(delta: RevocationList, base: RevocationList): boolean {
  const minimum = numberIn(delta, DELTA_INDICATOR);
  const [baseNumber, deltaNumber] = [numberIn(base, CRL_NUMBER), numberIn(delta, CRL_NUMBER)];
  if (minimum === undefined || baseNumber === undefined || deltaNumber === undefined) return false;
  return minimum <= baseNumber && deltaNumber > baseNumber;
}

/** Status of the certificate by a list and, if there is one, its list of changes. Pure; never throws. */
export function statusByLists(
  lists: readonly RevocationList[],
  context: StatusContext,
): CertificateStatus {
  const until = Math.min(...lists.map((list) => list.until));
  try {
    const entries = lists.flatMap((list) => entriesFor(list, context));
    const counted = entries.filter(
      ({ invalidFrom }) => !isBefore(context.signingTime, invalidFrom),
    );
    const lasting = counted.some(({ reason }) => reason !== HOLD && reason !== REMOVED);
    const latest = counted.toSorted((a, b) => a.revokedAt - b.revokedAt).at(-1);
    return { kind: lasting || latest?.reason === HOLD ? 'revoked' : 'good', until };
  } catch (error) {
    return unknownStatus(`the revocation list cannot be read (${messageOf(error)})`);
  }
}

/** TBSCertList ::= SEQUENCE { version, signature, issuer, thisUpdate, nextUpdate, revokedCertificates, [0] } */
function readList(
  items: readonly Der[],
  { issuer, now, certificate }: StatusContext,
  address: string,
): RevocationList | string {
  const [, name, , ...rest] = items[0]?.tag === TAG.integer ? items.slice(1) : items;
  if (name?.raw.equals(issuer.subjectDer) !== true) return 'the list is of another issuer';
  const next = rest.find(({ tag }) => tag === TAG.utcTime || tag === TAG.generalizedTime);
  if (next === undefined) return 'the list does not say how long it counts';
  const until = timeOf(next);
  if (now > until) return 'the list is outdated';
  const extensions = readExtensions(rest.find(({ tag }) => tag === EXTENSIONS));
  const problem = extensionProblem(extensions, { address, isCa: certificate.x509.ca });
  if (problem !== undefined) return problem;
  const revoked = rest.find(({ tag }) => tag === TAG.sequence);
  return { until, entries: revoked?.content ?? Buffer.alloc(0), extensions };
}

/** A list must say nothing that is not understood, and must answer for such certificates. */
function extensionProblem(
  extensions: ReadonlyMap<string, Extension>,
  { address, isCa }: { address: string; isCa: boolean },
): string | undefined {
  const understood = new Set([ISSUING_POINT, DELTA_INDICATOR]);
  const unknown = [...extensions].find(([oid, { critical }]) => critical && !understood.has(oid));
  if (unknown !== undefined) return `the list has an unknown critical extension ${unknown[0]}`;
  const scope = extensions.get(ISSUING_POINT);
  if (scope === undefined) return undefined;
  const fields = sequence(readDer(scope.value));
  const addresses = pointAddresses(fields.find(({ tag }) => tag === 0xa0));
  const isSet = (tag: number): boolean =>
    fields.some((field) => field.tag === tag && field.content[0] !== 0);
  // onlyContainsUserCerts, onlyContainsCACerts, indirectCRL, onlyContainsAttributeCerts
  const isForOthers = isSet(isCa ? 0x81 : 0x82) || isSet(0x84) || isSet(0x85);
  const isFromElsewhere = addresses.length > 0 && !addresses.includes(address);
  return isForOthers || isFromElsewhere ? 'the list is for other certificates' : undefined;
}

interface Entry {
  readonly reason: number | undefined;
  readonly revokedAt: number;
  readonly invalidFrom: number | undefined;
}

/** Lists are long: only where the serial number occurs at all are entries taken apart. */
function entriesFor({ entries }: RevocationList, { certificate }: StatusContext): readonly Entry[] {
  const serial = encodeDer(TAG.integer, Buffer.from(certificate.serial, 'hex'));
  if (!entries.includes(serial)) return [];
  const found: Entry[] = [];
  for (let offset = 0; offset < entries.length;) {
    const entry = readElement(entries, offset);
    offset += entry.raw.length;
    if (entry.content.subarray(0, serial.length).equals(serial)) found.push(readEntry(entry));
  }
  return found;
}

function readEntry(entry: Der): Entry {
  const [, revokedAt, list] = sequence(entry);
  const extensions = new Map(list === undefined ? [] : sequence(list).map(readExtension));
  const reason = extensions.get(REASON)?.value;
  const invalidFrom = extensions.get(INVALIDITY_DATE)?.value;
  const understood = new Set([REASON, INVALIDITY_DATE]);
  if ([...extensions].some(([oid, { critical }]) => critical && !understood.has(oid)))
    throw new RangeError('an entry has an unknown critical extension');
  return {
    reason:
      reason === undefined ? undefined : smallInteger({ ...readDer(reason), tag: TAG.integer }),
    revokedAt: timeOf(revokedAt),
    invalidFrom: invalidFrom === undefined ? undefined : timeOf(readDer(invalidFrom)),
  };
}

function numberIn({ extensions }: RevocationList, oid: string): bigint | undefined {
  const extension = extensions.get(oid);
  if (extension === undefined) return undefined;
  const { content } = expectTag(readDer(extension.value), TAG.integer);
  return BigInt(`0x0${content.toString('hex')}`);
}
