import type { Certificate } from '../trust/certificate.ts';
import type { Identity } from '../trust/identity.ts';
import type { IdentityFact, SignatureFact } from './verdict.ts';
import type { VerifiedLogEntry } from './verify-log-entry.ts';
import type { VerifiedTimestamp } from './verify-timestamp.ts';

export function logFacts(entries: readonly VerifiedLogEntry[]): Pick<SignatureFact, 'logEntries'> {
  if (entries.length === 0) return {};
  return {
    logEntries: entries.map(({ log, logIndex, integratedAt }) => ({
      url: log.url,
      logIndex: logIndex?.toString(),
      integratedAt: integratedAt === undefined ? undefined : new Date(integratedAt).toISOString(),
    })),
  };
}

export function timestampFacts(
  timestamps: readonly VerifiedTimestamp[],
): Pick<SignatureFact, 'timestamps'> {
  if (timestamps.length === 0) return {};
  return {
    timestamps: timestamps.map(({ authority, time }) => ({
      authority: authority.uri,
      time: new Date(time).toISOString(),
    })),
  };
}

export function identityFact(identity: Identity, certificate: Certificate): IdentityFact {
  return {
    subjects: identity.subjects.map(({ value }) => value),
    issuer: identity.issuer,
    extensions: identity.extensions,
    certificate: certificate.fingerprint,
  };
}
