import { CodedError } from '../base/coded-error.ts';
import type { ReadTrustedRoot } from './trusted-root.ts';

export type TrustRootErrorCode =
  'MISSING' | 'UNREADABLE' | 'TOO_LARGE' | 'UNREACHABLE' | 'TIMEOUT' | 'REFUSED';

/** A trust root that could not be had this time. */
export class TrustRootError extends CodedError<TrustRootErrorCode> {}

/** Where one trust root comes from. */
export interface TrustRootSource {
  /** For messages: `TUF mirror https://…`, `file /etc/…`. */
  readonly description: string;
  /** How long an answer is good before it is asked for again. Milliseconds. */
  readonly refreshMs: number;
  /**
   * The current root.
   * @throws {TrustRootError | TrustedRootError}
   */
  load(): Promise<ReadTrustedRoot>;
  /** What may stand in until the first `load` succeeds; undefined where nothing may. */
  fallback?(): Promise<ReadTrustedRoot | undefined>;
}
