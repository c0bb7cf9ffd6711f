import type { Digest } from '../base/digest.ts';
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
  readonly claims: SignatureClaims;
  /** A few keys at most, so a list is smaller than a Map and as fast. */
  readonly #signedBy: { readonly key: PublicKey; readonly answer: boolean }[] = [];
  readonly #paths = new Memo<readonly CertificatePath[] | EvidenceProblem>();
  readonly #log = new Memo<Examined<VerifiedLogEntry>>();
  readonly #timestamps = new Memo<Examined<VerifiedTimestamp>>();
  readonly #scts = new Memo<readonly LogKey[] | EvidenceProblem>();
  #certificate: Certificate | EvidenceProblem | undefined;

  constructor(entity: SignedEntity, digest: Digest) {
    this.entity = entity;
    this.claims = readClaims(entity, digest);
  }

  isSignedBy(signed: SignedBytes, key: PublicKey): boolean {
    const known = this.#signedBy.find(
      ({ key: { fingerprint, hash } }) => fingerprint === key.fingerprint && hash === key.hash,
    );
    if (known !== undefined) return known.answer;
    const answer = isSignedWith(signed, this.entity.signature, key);
    this.#signedBy.push({ key, answer });
    return answer;
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
    return this.#paths.get([authorities, purpose], () => {
      const certificate = this.certificate();
      if ('code' in certificate) return certificate;
      const helpers = helperCertificates(this.entity);
      if ('code' in helpers) return helpers;
      return findPaths(certificate, { authorities, helpers: helpers.certificates, purpose });
    });
  }

  logEntries(
    signed: SignedBytes,
    signer: LogSigner,
    logs: readonly LogKey[],
  ): Examined<VerifiedLogEntry> {
    const name = signer.kind === 'certificate' ? signer.certificate : signer.key.key;
    return this.#log.get([logs, name], () => {
      const binding = { entity: this.entity, signed, signer };
      const { logEntries, unreadable } = this.entity.time;
      const results = logEntries.map((entry) => verifyLogEntry(entry, binding, logs));
      return examined(results, unreadable);
    });
  }

  timestamps(authorities: readonly Authority[]): Examined<VerifiedTimestamp> {
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
    return this.#scts.get([certificate, issuer, logs], () => verifyScts(certificate, issuer, logs));
  }
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
