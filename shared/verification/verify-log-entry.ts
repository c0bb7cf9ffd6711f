import type { InclusionProof, LogEntry } from '../signature/log-entry.ts';
import { type LogKey, noteKeyId } from '../trust/log-key.ts';
import { verifyCheckpoint } from './checkpoint.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';
import { rootOfProof } from './inclusion-proof.ts';
import { bindingProblem, type SignatureBinding } from './log-binding.ts';
import { verifyLogSignature } from './log-signature.ts';

/** An entry that a trusted log vouches for, and that is about the signature at hand. */
export interface VerifiedLogEntry {
  readonly log: LogKey;
  /** Position in the log, where the log vouches for it: by its promise, or by the proof itself. */
  readonly logIndex: bigint | undefined;
  /** Milliseconds since the epoch; only where the log promised it. */
  readonly integratedAt: number | undefined;
}

/**
 * Verifies one log entry: known log, promise and proof as far as there are any and at least one of them,
 * the log's key valid at the time promised, and the body about this very signature.
 */
export function verifyLogEntry(
  entry: LogEntry,
  binding: SignatureBinding,
  logs: readonly LogKey[],
): VerifiedLogEntry | EvidenceProblem {
  const named = findLogs(entry, logs);
  if (named.length === 0) {
    const id = entry.logId.slice(0, 16);
    return problem('LOG_UNKNOWN', `log entry is of a log that is not trusted (${id})`);
  }
  const results = named.map((log) => verifyInLog(entry, log));
  const verified = results.find((result) => 'log' in result);
  const [failure] = results.flatMap((result) => ('code' in result ? [result] : []));
  // What the log did not vouch for is not worth reading.
  if (verified === undefined) return failure ?? problem('LOG_NOT_INCLUDED', NOT_INCLUDED);
  return bindingProblem(entry, binding) ?? verified;
}

const NOT_INCLUDED = 'log entry has neither a promise nor a proof that it was logged';

function verifyInLog(entry: LogEntry, log: LogKey): VerifiedLogEntry | EvidenceProblem {
  const promise = checkPromise(entry, log);
  if (typeof promise === 'object') return promise;
  const proof = checkProof(entry, log);
  if (typeof proof === 'object') return proof;
  if (promise === 'absent' && proof === 'absent') return problem('LOG_NOT_INCLUDED', NOT_INCLUDED);
  const integratedAt =
    entry.promise === undefined ? undefined : entry.promise.integratedTime * 1000;
  const isVouched = promise === 'good' || entry.proof?.leafIndex === entry.logIndex;
  return { log, logIndex: isVouched ? entry.logIndex : undefined, integratedAt };
}

/**
 * By the identifier a trust root gives, by the key's hash, or by the key under the checkpoint's name. A root
 * can list one key more than once, for different times.
 */
function findLogs({ logId, proof }: LogEntry, logs: readonly LogKey[]): readonly LogKey[] {
  const origin = proof?.checkpoint?.slice(0, proof.checkpoint.indexOf('\n')) ?? '';
  return logs
    .filter((log) => log.ids.includes(logId) || noteKeyId(log, origin) === logId)
    .slice(0, MAX_NAMED);
}

/** Each costs signature checks. */
const MAX_NAMED = 4;

type Check = 'good' | 'absent' | EvidenceProblem;

/** Rekor v1's signed entry timestamp: a signature over the entry in canonical JSON (RFC 8785). */
function checkPromise({ body, logId, logIndex, promise }: LogEntry, log: LogKey): Check {
  if (promise === undefined) return 'absent';
  const { integratedTime, signedEntryTimestamp } = promise;
  const signed = `{"body":"${body.toString('base64')}","integratedTime":${integratedTime},"logID":"${logId}","logIndex":${logIndex}}`;
  if (!verifyLogSignature(Buffer.from(signed), signedEntryTimestamp, log.key))
    return problem(
      'LOG_PROMISE_INVALID',
      `signed entry timestamp was not made by the log ${log.url} for this entry`,
    );
  const { start, end } = log.validFor;
  const time = integratedTime * 1000;
  if (time < start || time > end)
    return problem(
      'LOG_KEY_NOT_VALID_THEN',
      `log ${log.url} was not trusted at the time it promises (${new Date(time).toISOString()})`,
    );
  return 'good';
}

/** A proof without a checkpoint proves nothing; the oldest bundles have such beside a promise. */
function checkProof({ body, proof }: LogEntry, log: LogKey): Check {
  if (proof?.checkpoint === undefined) return 'absent';
  const checkpoint = verifyCheckpoint(proof.checkpoint, log);
  if ('code' in checkpoint) return checkpoint;
  if (checkpoint.treeSize !== proof.treeSize || !leadsTo(body, proof, checkpoint.rootHash))
    return problem(
      'LOG_PROOF_INVALID',
      `inclusion proof does not lead to the checkpoint of the log ${log.url}`,
    );
  return 'good';
}

function leadsTo(body: Buffer, proof: InclusionProof, rootHash: Buffer): boolean {
  return proof.rootHash.equals(rootHash) && rootOfProof(body, proof)?.equals(rootHash) === true;
}
