import { createHash } from 'node:crypto';
import type { Authority } from './authority.ts';
import type { LogKey } from './log-key.ts';

/** Whom to believe: all that the signatures of one signing infrastructure are verified with. Immutable. */
export interface TrustMaterial extends TrustParts {
  /** SHA-256 over everything here: tells trust roots apart in cache keys (MUST-NOT-HAPPEN 19). */
  readonly hash: string;
}

export interface TrustParts {
  /** Issuers of signing certificates: Fulcio, or a private PKI. */
  readonly certificateAuthorities: readonly Authority[];
  readonly timestampAuthorities: readonly Authority[];
  /** Rekor. */
  readonly logs: readonly LogKey[];
  /** Certificate transparency logs, which sign SCTs. */
  readonly ctLogs: readonly LogKey[];
}

export const NO_TRUST: TrustParts = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  logs: [],
  ctLogs: [],
};

export function trustMaterial(parts: TrustParts): TrustMaterial {
  const { certificateAuthorities, timestampAuthorities, logs, ctLogs } = parts;
  const summary = [
    certificateAuthorities.map(summarizeAuthority),
    timestampAuthorities.map(summarizeAuthority),
    logs.map(summarizeLog),
    ctLogs.map(summarizeLog),
  ];
  const hash = createHash('sha256').update(JSON.stringify(summary)).digest('hex');
  return { certificateAuthorities, timestampAuthorities, logs, ctLogs, hash };
}

function summarizeAuthority(authority: Authority): unknown {
  const { uri, operator, anchors, intermediates, signers, validFor } = authority;
  const prints = [anchors, intermediates, signers].map((list) =>
    list.map(({ fingerprint }) => fingerprint),
  );
  return [uri, operator, prints, String(validFor.start), String(validFor.end)];
}

function summarizeLog({ url, operator, spki, ids, validFor }: LogKey): unknown {
  const { start, end } = validFor;
  return [url, operator, spki.toString('base64'), ids, String(start), String(end)];
}
