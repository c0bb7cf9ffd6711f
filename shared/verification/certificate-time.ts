import type { CertificateAttestor, KeylessAttestor } from '../policy/model.ts';
import { type CertificatePath, isPathValidAt } from './certificate-path.ts';
import type { CertificateSigner } from './certificate-signer.ts';
import type { Examined } from './entity-evidence.ts';
import type { Rejected } from './evidence.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';
import { rejectedFor, STAGE } from './rejection.ts';
import type { VerifiedLogEntry } from './verify-log-entry.ts';
import type { VerifiedTimestamp } from './verify-timestamp.ts';

export interface SigningTimes {
  readonly entries: readonly VerifiedLogEntry[];
  readonly timestamps: Examined<VerifiedTimestamp>;
  readonly attestor: KeylessAttestor | CertificateAttestor;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The path that is valid at every verified time of the signature (MUST-NOT-HAPPEN 14): times are promised by
 * logs or stamped by authorities. A log without a promised time (Rekor v2) needs a timestamp beside it. Only
 * where the policy ignores logs may there be no time at all: the certificate must then be valid now.
 * @returns undefined for a certificate that is pinned without a chain, and was valid.
 */
export function checkCertificateTime(
  signer: CertificateSigner,
  { entries, timestamps, attestor, now }: SigningTimes,
): CertificatePath | Rejected | undefined {
  const promised = entries.flatMap(({ integratedAt }) => integratedAt ?? []);
  const times = [...promised, ...timestamps.verified.map(({ time }) => time)];
  if (times.length === 0 && attestor.log.kind === 'required' && signer.paths !== undefined)
    return rejectedFor(noTime(timestamps), STAGE.time);
  const untrusted = entries.find((entry) => times.some((time) => !isLogValidAt(entry, time)));
  if (untrusted !== undefined) {
    const message = `log ${untrusted.log.url} was not trusted at the signing time`;
    return rejectedFor(problem('LOG_KEY_NOT_VALID_THEN', message), STAGE.time);
  }
  return validPath(signer, times.length === 0 ? [now] : times);
}

/** A timestamp that does not verify says more than that there is no time. */
function noTime({ problems: [first] }: Examined<VerifiedTimestamp>): EvidenceProblem {
  const message = `nothing vouches for the signing time: the log gives none, and ${first?.message ?? 'there is no timestamp'}`;
  return problem(first?.code ?? 'NO_SIGNING_TIME', message);
}

/** The promised time was compared when the entry was verified. */
function isLogValidAt({ integratedAt, log }: VerifiedLogEntry, time: number): boolean {
  const { start, end } = log.validFor;
  return integratedAt !== undefined || (start <= time && time <= end);
}

function validPath(
  { certificate, paths }: CertificateSigner,
  times: readonly number[],
): CertificatePath | Rejected | undefined {
  const { start, end } = certificate.validity;
  const path = paths?.find((path) => times.every((time) => isPathValidAt(path, time)));
  if (path !== undefined) return path;
  const outside = times.find((time) => time < start || time > end);
  if (paths === undefined && outside === undefined) return undefined;
  const then = new Date(outside ?? times[0] ?? 0).toISOString();
  const message =
    outside === undefined
      ? `an issuer of the certificate was not valid or not trusted at the signing time ${then}`
      : `the certificate was not valid at the signing time ${then}: it is valid from ${iso(start)} to ${iso(end)}`;
  return rejectedFor(problem('CERTIFICATE_NOT_VALID_THEN', message), STAGE.validity);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
