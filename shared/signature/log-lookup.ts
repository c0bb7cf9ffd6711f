import { CodedError } from '../base/coded-error.ts';
import type { LogEntry } from './log-entry.ts';

export type LogLookupErrorCode =
  | 'NOT_ALLOWED'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'RATE_LIMITED'
  | 'REFUSED'
  | 'TOO_LARGE'
  | 'MALFORMED';

/** A transparency log that could not be asked, or did not answer as one; the message names the log. */
export class LogLookupError extends CodedError<LogLookupErrorCode> {
  /** Whether trying again soon can help, as opposed to a setting that is wrong. */
  get transient(): boolean {
    return TRANSIENT.has(this.code);
  }
}

const TRANSIENT: ReadonlySet<LogLookupErrorCode> = new Set([
  'UNREACHABLE',
  'TIMEOUT',
  'RATE_LIMITED',
]);

/** A signature whose entry is looked for. */
export interface LogQuestion {
  /** Base address of the log, as the policy writes it. */
  readonly url: string;
  /** Who may name the log: with `listed` only one that the administrator allows is asked. */
  readonly access: 'any' | 'listed';
  /** Hash over the signed bytes, as the log has it. */
  readonly hash: {
    readonly algorithm: 'sha256' | 'sha384' | 'sha512';
    readonly digest: Buffer;
  };
  readonly signature: Buffer;
  /** PEM of the certificate or public key; any of them may stand in the entry. */
  readonly verifiers: readonly string[];
}

/** Speaks Rekor v1's interface. */
export interface LogFetcher {
  /**
   * What the log answers to a search for this signature.
   * @param base address of the log, without a slash at its end.
   * @throws {LogLookupError}
   * @throws the signal's reason when nobody waits any more.
   */
  fetch(base: string, question: LogQuestion, signal: AbortSignal): Promise<Buffer>;
}

/** Asks transparency logs for the entries of signatures that bring none along. */
export interface LogLookup {
  /**
   * The entries that the log has for this signature; nothing in them is verified. None is a definite answer.
   * @throws {LogLookupError}
   * @throws the signal's reason when the caller's time is up.
   */
  find(question: LogQuestion, signal: AbortSignal | undefined): Promise<readonly LogEntry[]>;
}
