import type { LogRequirement } from '../policy/model.ts';
import type { LogEntry } from '../signature/log-entry.ts';
import type { PublicKey } from '../trust/public-key.ts';
import { logsFor } from './attestor-trust.ts';
import type { EntityEvidence, Examined } from './entity-evidence.ts';
import type { Evidence, Rejected } from './evidence.ts';
import { problem } from './evidence-problem.ts';
import type { LogAnswer } from './log-answers.ts';
import type { LogSigner } from './log-binding.ts';
import { rejected, rejectedFor, STAGE } from './rejection.ts';
import type { SignedBytes } from './signed-bytes.ts';
import type { VerifiedLogEntry } from './verify-log-entry.ts';

export interface LogCheck {
  readonly log: LogRequirement;
  readonly trustRoot: string | undefined;
  readonly signed: SignedBytes;
  readonly signer: LogSigner;
  /** The key that made the signature. */
  readonly key: PublicKey;
}

/** The log entries that count for this signature, enough of them; none where the policy ignores logs. */
export function checkLog(
  item: EntityEvidence,
  { log, trustRoot, signed, signer, key }: LogCheck,
  evidence: Evidence,
): readonly VerifiedLogEntry[] | Rejected {
  if (log.kind === 'ignored') return [];
  const logs = logsFor(log, trustRoot, evidence);
  if (logs === undefined) return noTrustRoot('transparency logs', trustRoot);
  const answer = evidence.logAnswers?.get(item.entity, { url: log.url, key });
  const entries = answer?.kind === 'entries' ? answer.entries : NONE;
  const found = item.logEntries(signed, signer, { logs, found: entries });
  const wanted = Math.max(log.count ?? 1, 1);
  if (distinctLogs(found.verified) >= wanted) return found.verified;
  const { verified, problems } = found;
  return verified.length + problems.length === 0
    ? withoutEntry(log.url, answer)
    : tooFew(found, wanted);
}

/** One list for all: what was verified is remembered under it. */
const NONE: readonly LogEntry[] = [];

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
  const message = `the signature verifies, but is in ${verified.length} transparency log, ${wanted} different ones are required`;
  return rejectedFor(problem('TOO_FEW_LOG_ENTRIES', message), STAGE.log);
}

/** The signature brings no entry along, and the log, if it was asked, gave none. */
function withoutEntry(url: string, answer: LogAnswer | undefined): Rejected {
  switch (answer?.kind) {
    case undefined:
      return rejected('NO_LOG_ENTRY', NO_ENTRY, STAGE.log);
    case 'not-asked':
      return rejected('NO_LOG_ENTRY', `${NO_ENTRY}; ${answer.message}`, STAGE.log);
    case 'entries': {
      const message = `the signature verifies, but brings no transparency log entry along, and the log ${url} was asked and has none for it`;
      return rejected('NOT_IN_LOG', message, STAGE.log);
    }
    case 'unknown': {
      const message = `the signature verifies, but brings no transparency log entry along: ${answer.message}`;
      return rejected(answer.reason, message, STAGE.log);
    }
  }
}

const NO_ENTRY =
  'the signature verifies, but has no transparency log entry, which the policy requires (rekor.ignoreTlog: true would waive it)';

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
