import type { Digest } from '../base/digest.ts';
import type { LogEntry } from '../signature/log-entry.ts';
import type { SignedEntity, SignerClaim } from '../signature/signed-entity.ts';
import type { Authority } from '../trust/authority.ts';
import { type Certificate, parseCertificate } from '../trust/certificate.ts';
import type { LogKey } from '../trust/log-key.ts';
import type { PublicKey } from '../trust/public-key.ts';
import { type CertificatePath, findPaths } from './certificate-path.ts';
import type { CertificatePurpose } from './certificate-usage.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';
import { helperCertificates } from './helper-certificates.ts';
import type { LogSigner } from './log-binding.ts';
import { Memo } from './memo.ts';
import { verifyScts } from './sct.ts';
import { readClaims, type SignatureClaims } from './signature-check.ts';
import { isSignedWith, type SignedBytes } from './signed-bytes.ts';
import { verifyLongBytes } from './verify-bytes.ts';
import { type VerifiedLogEntry, verifyLogEntry } from './verify-log-entry.ts';
import { type VerifiedTimestamp, verifyTimestamp } from './verify-timestamp.ts';

/** What verified of several things, and why the others did not. */
export interface Examined<Value> {
  readonly verified: readonly Value[];
  readonly problems: readonly EvidenceProblem[];
}

/**
 * Timestamps whose signature is checked: each costs up to a millisecond. A signer adds one or two; whoever
 * adds more to a bundle could as well take the good ones out.
 */
const MAX_CHECKED_TIMESTAMPS = 4;

/**
 * What is cryptographically true of one signed entity, computed when first asked for and remembered. Nothing
 * here depends on the time of day or on what a policy wants: trust is an argument, and answers are kept under
 * the very object that was given.
 */
export class EntityEvidence {
  readonly entity: SignedEntity;
  /** The digest that {@link claims} is about. */
  readonly digest: Digest;
  readonly claims: SignatureClaims;
  // Made when first needed: there are thousands of these, and most need the fewest of them. For the same
  // reason lists that are replaced rather than grown: a list that grows reserves room.
  #signedBy: readonly PublicKey[] = NOBODY;
  #notSignedBy: readonly PublicKey[] = NOBODY;
  #paths: Memo<readonly CertificatePath[] | EvidenceProblem> | undefined;
  #log: Memo<Examined<VerifiedLogEntry>> | undefined;
  #timestamps: Memo<Examined<VerifiedTimestamp>> | undefined;
  #scts: Memo<readonly LogKey[] | EvidenceProblem> | undefined;
  #certificate: Certificate | EvidenceProblem | undefined;

  constructor(entity: SignedEntity, digest: Digest) {
    this.entity = entity;
    this.digest = digest;
    this.claims = readClaims(entity, digest);
  }

  isSignedBy(signed: SignedBytes, key: PublicKey): boolean {
    if (holds(this.#signedBy, key)) return true;
    if (holds(this.#notSignedBy, key)) return false;
    const answer = isSignedWith(signed, this.entity.signature, key);
    this.#noteSignedBy(key, answer);
    return answer;
  }

  /** Finds out {@link isSignedBy} of long bytes aside of the event loop. */
  async learnSignedBy(bytes: Buffer, key: PublicKey): Promise<void> {
    if (holds(this.#signedBy, key) || holds(this.#notSignedBy, key)) return;
    this.#noteSignedBy(key, await verifyLongBytes(bytes, this.entity.signature, key));
  }

  #noteSignedBy(key: PublicKey, answer: boolean): void {
    if (answer) this.#signedBy = this.#signedBy.concat([key]);
    else this.#notSignedBy = this.#notSignedBy.concat([key]);
  }

  /** The certificate that the signature carries. */
  certificate(): Certificate | EvidenceProblem {
    this.#certificate ??= readCertificate(this.entity.signer);
    return this.#certificate;
  }

  /** Paths from the signature's certificate; certificates that came along only help to find them. */
  paths(
    authorities: readonly Authority[],
    purpose: CertificatePurpose,
  ): readonly CertificatePath[] | EvidenceProblem {
    this.#paths ??= new Memo();
    return this.#paths.get([authorities, purpose], () => {
      const certificate = this.certificate();
      if ('code' in certificate) return certificate;
      const helpers = helperCertificates(this.entity);
      if ('code' in helpers) return helpers;
      return findPaths(certificate, { authorities, helpers: helpers.certificates, purpose });
    });
  }

  /** @param found entries that the signature does not bring along; the same list is verified once. */
  logEntries(
    signed: SignedBytes,
    signer: LogSigner,
    { logs, found }: { readonly logs: readonly LogKey[]; readonly found: readonly LogEntry[] },
  ): Examined<VerifiedLogEntry> {
    const name = signer.kind === 'certificate' ? signer.certificate : signer.key.key;
    this.#log ??= new Memo();
    return this.#log.get([logs, name, found], () => {
      const binding = { entity: this.entity, signed, signer };
      const { logEntries, unreadable } = this.entity.time;
      const results = [...logEntries, ...found].map((entry) =>
        verifyLogEntry(entry, binding, logs),
      );
      return examined(results, unreadable);
    });
  }

  timestamps(authorities: readonly Authority[]): Examined<VerifiedTimestamp> {
    this.#timestamps ??= new Memo();
    return this.#timestamps.get([authorities], () => {
      const { entity } = this;
      const envelope = entity.kind === 'dsse' ? entity.envelope : undefined;
      const stamped = envelope === undefined ? [entity.signature] : [entity.signature, envelope];
      const tokens = distinctBytes(entity.time.timestamps).slice(0, MAX_CHECKED_TIMESTAMPS);
      return examined(
        tokens.map((token) => verifyTimestamp(token, stamped, authorities)),
        [],
      );
    });
  }

  scts(path: CertificatePath, logs: readonly LogKey[]): readonly LogKey[] | EvidenceProblem {
    const [certificate, issuer] = path.certificates;
    if (certificate === undefined || issuer === undefined)
      return problem('SCT_MISSING', 'certificate has no issuer');
    this.#scts ??= new Memo();
    return this.#scts.get([certificate, issuer, logs], () => verifyScts(certificate, issuer, logs));
  }
}

const NOBODY: readonly PublicKey[] = [];

/** The same key may be used with another hash. */
function holds(keys: readonly PublicKey[], { fingerprint, hash }: PublicKey): boolean {
  return keys.some((key) => key.fingerprint === fingerprint && key.hash === hash);
}

function readCertificate(signer: SignerClaim): Certificate | EvidenceProblem {
  if (signer.kind === 'public-key')
    return problem('CERTIFICATE_MISSING', 'signature was made with a plain key, not a certificate');
  const certificate = parseCertificate(signer.certificate);
  return typeof certificate === 'string'
    ? problem('CERTIFICATE_MALFORMED', certificate)
    : certificate;
}

function examined<Value extends object>(
  results: readonly (Value | EvidenceProblem)[],
  unreadable: readonly string[],
): Examined<Value> {
  const problems = results.flatMap((result) => ('code' in result ? [result] : []));
  return {
    verified: results.flatMap((result) => ('code' in result ? [] : [result])),
    problems: [
      ...problems,
      ...unreadable.map((message) => problem('LOG_ENTRY_MALFORMED', message)),
    ],
  };
}

function distinctBytes(items: readonly Buffer[]): readonly Buffer[] {
  return [...new Map(items.map((item) => [item.toString('base64'), item])).values()];
}
