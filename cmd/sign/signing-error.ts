import { CodedError, messageOf } from '#shared/base/coded-error.ts';
import { printable } from '../print/tree.ts';

export type SigningErrorCode = 'TOKEN' | 'CERTIFICATE' | 'LOG' | 'TIMESTAMP' | 'BUNDLE';

/** A service did not do its part of a signature: nothing was stored. */
export class SigningError extends CodedError<SigningErrorCode> {}

/** What a service says is told up to here: enough for a sentence, too little for a page. Characters. */
const MAX_REASON = 300;

/** Parts of a token that are shorter are words like any others. Characters. */
const MIN_SECRET = 8;

/**
 * Why a service failed, on one short line and without the token that was sent to it, which it may have repeated.
 * For the same reason what was thrown is no `cause` of what is thrown on.
 */
export function failureOf(thrown: unknown, token = ''): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  // The signing package takes every answer for what it should be, and stumbles over any other.
  const stumbled = cause instanceof TypeError || cause instanceof SyntaxError;
  const said = `${stumbled ? 'its answer cannot be read: ' : ''}${messageOf(cause)}`;
  const secrets = [token, ...token.split('.')].filter(({ length }) => length >= MIN_SECRET);
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret, '<token>'), said);
  return printable(hidden, MAX_REASON);
}
