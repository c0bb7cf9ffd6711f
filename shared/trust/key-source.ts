import { CodedError } from '../base/coded-error.ts';
import type { PublicKey } from './public-key.ts';

export type KeySourceErrorCode =
  | 'BAD_REFERENCE'
  | 'UNSUPPORTED'
  | 'NO_CREDENTIALS'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'RATE_LIMITED'
  | 'REFUSED'
  | 'TOO_LARGE'
  | 'MALFORMED';

/** A key that could not be had from where it lives; the message names the reference. */
export class KeySourceError extends CodedError<KeySourceErrorCode> {
  /** Whether trying again soon can help, as opposed to a setting that is wrong. */
  get transient(): boolean {
    return TRANSIENT.has(this.code);
  }
}

const TRANSIENT: ReadonlySet<KeySourceErrorCode> = new Set([
  'UNREACHABLE',
  'TIMEOUT',
  'RATE_LIMITED',
]);

export interface KeyOptions {
  readonly signal: AbortSignal | undefined;
  /** How old the answer may be; as old as its provider allows by default. Milliseconds. */
  readonly maxAgeMs?: number;
}

/** Where keys are that a policy only names. */
export interface KeySource {
  /**
   * All public keys behind a reference like `awskms://…` or `k8s://namespace/name`; at least one.
   * @param hash the hash that signers use with these keys, where the policy names one.
   * @throws {KeySourceError}
   * @throws the signal's reason when the caller's time is up.
   */
  keys(uri: string, hash: PublicKey['hash'], options: KeyOptions): Promise<readonly PublicKey[]>;
}

/** What is behind a reference. */
export interface FetchedKeys {
  readonly pem: string;
  /** The hash that the service signs with, where it says so: it beats the policy's, as with cosign. */
  readonly hash?: PublicKey['hash'];
}

/** Fetches keys of one kind of reference. */
export interface KeyProvider {
  /** `awskms`, without `://`. */
  readonly scheme: string;
  /** How long an answer is good: what a key that was replaced is trusted for at most. Milliseconds. */
  readonly keepMs: number;
  /** @throws {KeySourceError} */
  fetch(uri: string, signal: AbortSignal): Promise<FetchedKeys>;
}

/** No keys live elsewhere: enough for policies that bring every key themselves. */
export const NO_KEY_SOURCE: KeySource = {
  keys: (uri) =>
    Promise.reject(
      new KeySourceError(
        'UNSUPPORTED',
        `Cannot fetch key "${uri}": found no access to keys outside of policies, write the key as PEM`,
      ),
    ),
};
