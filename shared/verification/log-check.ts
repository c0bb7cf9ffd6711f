import type { LogRequirement } from '../policy/model.ts';
import { logsFor } from './attestor-trust.ts';
import type { EntityEvidence, Examined } from './entity-evidence.ts';
import type { Evidence, Rejected } from './evidence.ts';
import { problem } from './evidence-problem.ts';
import type { LogSigner } from './log-binding.ts';
import { rejected, rejectedFor, STAGE } from './rejection.ts';
import type { SignedBytes } from './signed-bytes.ts';
import type { VerifiedLogEntry } from './verify-log-entry.ts';

export interface LogCheck {
  readonly log: LogRequirement;
  readonly trustRoot: string | undefined;
  readonly signed: SignedBytes;
  readonly signer: LogSigner;
}

/** The log entries that count for this signature, enough of them; none where the policy ignores logs. */
export function checkLog(
  item: EntityEvidence,
  { log, trustRoot, signed, signer }: LogCheck,
  evidence: Evidence,
): readonly VerifiedLogEntry[] | Rejected {
  if (log.kind === 'ignored') return [];
  const logs = logsFor(log, trustRoot, evidence);
  if (logs === undefined) return noTrustRoot('transparency logs', trustRoot);
  const found = item.logEntries(signed, signer, logs);
  const wanted = Math.max(log.count ?? 1, 1);
  if (distinctLogs(found.verified) >= wanted) return found.verified;
  return tooFew(found, wanted);
}

/** Logs with different keys and of different operators (MUST-NOT-HAPPEN 9). */
function distinctLogs(entries: readonly VerifiedLogEntry[]): number {
  const keys = new Map(entries.map(({ log }) => [log.spki.toString('base64'), log]));
  return new Set([...keys].map(([key, { operator }]) => operator || key)).size;
}

function tooFew({ verified, problems }: Examined<VerifiedLogEntry>, wanted: number): Rejected {
  const [first] = problems.toSorted((a, b) => rank(a.code) - rank(b.code));
  if (verified.length === 0 && first !== undefined)
    return rejectedFor(
      { ...first, message: `the signature verifies, but ${first.message}` },
      STAGE.log,
    );
  if (verified.length === 0)
    return rejected(
      'NO_LOG_ENTRY',
      'the signature verifies, but has no transparency log entry, which the policy requires (rekor.ignoreTlog: true would waive it)',
      STAGE.log,
    );
  const message = `the signature verifies, but is in ${verified.length} transparency log, ${wanted} different ones are required`;
  return rejectedFor(problem('TOO_FEW_LOG_ENTRIES', message), STAGE.log);
}

/** An entry of another log tells less than one that is wrong. */
function rank(code: string): number {
  return code === 'LOG_UNKNOWN' ? 1 : 0;
}

/** The policy needs what a trust root holds, and none could be fetched or read so far. */
export function noTrustRoot(what: string, name: string | undefined): Rejected {
  const which = name === undefined ? 'the trust root' : `the trust root "${name}"`;
  return rejected(
    'TRUST_ROOT_UNAVAILABLE',
    `${which} with the ${what} is not available yet`,
    STAGE.trust,
  );
}
