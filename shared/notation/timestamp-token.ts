import { createHash } from 'node:crypto';
import { messageOf } from '../base/coded-error.ts';
import { chainProblem, MAX_CHAIN_LENGTH } from './certificate-chain.ts';
import { readSignedData, type SignedData, type SignerInfo } from './cms-signed-data.ts';
import { type Der, derItems } from './der.ts';
import { failure, isFailure, type NotationFailure } from './notation-reason.ts';
import { readTimestampInfo, type TimestampRange } from './timestamp-info.ts';
import { HASHES, verifySignedBytes } from './x509-signature.ts';
import { type Certificate, isIssuedBy, isValidAt, readCertificate } from './certificate.ts';
import { integerHex } from './der-integer.ts';
import { expectTag, sequence, TAG } from './der-tag.ts';
import { oidOf, timeOf } from './der-values.ts';

/** A timestamp whose signer is vouched for by a trusted authority. */
export interface VerifiedTimestamp extends TimestampRange {
  /** From the authority's signing certificate to the trusted root. */
  readonly chain: readonly Certificate[];
}

const TIMESTAMP_INFO = '1.2.840.113549.1.9.16.1.4';

/** Signed attributes: RFC 5652 §11, RFC 5816. */
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_TIME = '1.2.840.113549.1.9.5';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';

/** Signature verifications that looking for a chain may cost. */
const MAX_PATH_STEPS = 24;

/**
 * Verifies an RFC 3161 TimeStampToken over `message` up to one of the trusted roots. Pure and bounded.
 * Whether the authority's certificates were revoked is another question.
 */
export function verifyTimestampToken(
  token: Buffer,
  message: Buffer,
  roots: readonly Certificate[],
): VerifiedTimestamp | NotationFailure {
  try {
    const data = readSignedData(token);
    if (data.contentType !== TIMESTAMP_INFO) return invalid('it does not hold a timestamp');
    const range = readTimestampInfo(data.content, message);
    if (range === undefined) return invalid('it is for another signature');
    const results = data.signers.map((signer) => verifySigner(data, signer, { range, roots }));
    return (
      results.find((result) => !isFailure(result)) ?? results[0] ?? invalid('nobody has signed it')
    );
  } catch (error) {
    return invalid(messageOf(error));
  }
}

function verifySigner(
  data: SignedData,
  signer: SignerInfo,
  { range, roots }: { readonly range: TimestampRange; readonly roots: readonly Certificate[] },
): VerifiedTimestamp | NotationFailure {
  const pool = data.certificates
    .map((der) => readCertificate(der))
    .filter((certificate) => typeof certificate !== 'string');
  const leaf = pool.find((certificate) => isNamedBy(signer, certificate));
  if (leaf === undefined)
    return invalid('it does not hold the certificate that its signed attributes name');
  if (!isSignedContent(data, signer)) return invalid('what is signed is not what it holds');
  if (!isSignedBy(signer, leaf)) return invalid('its signature does not verify');
  const chain = findChain([leaf], { pool, roots, budget: { steps: MAX_PATH_STEPS } });
  if (chain === undefined)
    return failure(
      'UNTRUSTED_TIMESTAMP',
      `the timestamp of "${leaf.subject.text}" does not lead to a trusted timestamp authority`,
    );
  const problem = chainProblem(chain, 'timestamping') ?? validityProblem(chain, signer, range);
  return problem === undefined ? { ...range, chain } : invalid(problem);
}

/** Certificates count at the time that they vouch for (MUST-NOT-HAPPEN 14). */
function validityProblem(
  chain: readonly Certificate[],
  { attributes }: SignerInfo,
  { from, to }: TimestampRange,
): string | undefined {
  const signed = attributes.get(SIGNING_TIME);
  const times = [from, to, ...(signed === undefined ? [] : [timeOf(signed)])];
  const bad = chain.find((certificate) => times.some((time) => !isValidAt(certificate, time)));
  return bad === undefined
    ? undefined
    : `certificate "${bad.subject.text}" of the authority was not valid at the time of the timestamp`;
}

/** RFC 5652 §5.4: the signed attributes name the content's type and hold its hash. */
function isSignedContent(
  { content, contentType }: SignedData,
  { attributes, digestAlgorithm }: SignerInfo,
): boolean {
  const hash = HASHES.get(digestAlgorithm);
  if (hash === undefined || oidOf(attributes.get(CONTENT_TYPE)) !== contentType) return false;
  const digest = expectTag(attributes.get(MESSAGE_DIGEST), TAG.octetString).content;
  return createHash(hash).update(content).digest().equals(digest);
}

function isSignedBy(signer: SignerInfo, { publicKey }: Certificate): boolean {
  const hash = HASHES.get(signer.digestAlgorithm);
  return (
    hash !== undefined &&
    verifySignedBytes(
      {
        bytes: signer.signedBytes,
        signature: signer.signature,
        algorithm: signer.signatureAlgorithm,
        hash,
      },
      publicKey,
    )
  );
}

/**
 * Whether a certificate is the one that the signer names, in the identifier and by its hash in
 * SigningCertificateV2 (RFC 5035 §4), which alone is signed.
 */
function isNamedBy(signer: SignerInfo, certificate: Certificate): boolean {
  if (signer.serial !== certificate.serial || !signer.issuer.equals(certificate.issuerDer))
    return false;
  const [list] = sequence(signer.attributes.get(SIGNING_CERTIFICATE_V2));
  const [first] = sequence(list);
  const fields = [...sequence(first)];
  const algorithm = fields[0]?.tag === TAG.sequence ? fields.shift() : undefined;
  const hash = algorithm === undefined ? 'sha256' : HASHES.get(oidOf(sequence(algorithm)[0]));
  const [expected, issuerSerial] = fields;
  if (hash === undefined) return false;
  const digest = createHash(hash).update(certificate.der).digest();
  return (
    digest.equals(expectTag(expected, TAG.octetString).content) &&
    (issuerSerial === undefined || isIssuerSerialOf(issuerSerial, certificate))
  );
}

/** IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER } */
function isIssuerSerialOf(issuerSerial: Der, certificate: Certificate): boolean {
  const [names, serial] = sequence(issuerSerial);
  const [directoryName] = sequence(names);
  const [issuer] = directoryName === undefined ? [] : derItems(directoryName);
  return (
    integerHex(serial) === certificate.serial && issuer?.raw.equals(certificate.issuerDer) === true
  );
}

interface PathSearch {
  readonly pool: readonly Certificate[];
  readonly roots: readonly Certificate[];
  readonly budget: { steps: number };
}

/** Depth first, roots before intermediates; a trusted root ends the chain. */
function findChain(
  path: readonly Certificate[],
  search: PathSearch,
): readonly Certificate[] | undefined {
  const last = path.at(-1);
  if (last === undefined || path.length > MAX_CHAIN_LENGTH) return undefined;
  if (search.roots.some(({ fingerprint }) => fingerprint === last.fingerprint)) return path;
  for (const issuer of [...search.roots, ...search.pool]) {
    const isCandidate = issuer.subjectDer.equals(last.issuerDer) && !path.includes(issuer);
    if (!isCandidate || search.budget.steps === 0) continue;
    search.budget.steps -= 1;
    const chain = isIssuedBy(last, issuer) ? findChain([...path, issuer], search) : undefined;
    if (chain !== undefined) return chain;
  }
  return undefined;
}

function invalid(what: string): NotationFailure {
  return failure('INVALID_TIMESTAMP', `the timestamp is not valid: ${what}`);
}
