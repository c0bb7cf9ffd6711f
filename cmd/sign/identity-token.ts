import { type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import { parseStrictJson } from '#shared/base/strict-json.ts';
import { InputError } from '../input-error.ts';

/** A token that says who signs. Only the authority verifies it; here it is looked at to fail early and clearly. */
export interface IdentityToken {
  /** The secret itself: never in messages. */
  readonly text: string;
}

/** The largest that are met have 2 kB; one with every group of a large company has less than this. */
const MAX_TOKEN_LENGTH = 64 * 1024;

/**
 * Checks a JSON Web Token (RFC 7519) as far as its holder can.
 * @param where the token came from, as messages name it.
 * @throws {InputError} which never holds anything of the token.
 */
export function readIdentityToken(text: string, where: string, now: Date): IdentityToken {
  const fault = sizeFault(text) ?? claimsFault(claimsOf(text), now);
  if (fault === undefined) return { text };
  throw new InputError('TOKEN', `Cannot use the identity token of ${where}: ${fault}`);
}

function sizeFault({ length }: string): string | undefined {
  if (length === 0) return 'it is empty';
  return length > MAX_TOKEN_LENGTH
    ? `it has ${length} characters, expected at most ${MAX_TOKEN_LENGTH}`
    : undefined;
}

function claimsFault(claims: JsonValue | undefined, now: Date): string | undefined {
  if (claims === undefined)
    return 'it is no JSON Web Token, expected three parts in base64url with "." between';
  const expiry = member(claims, 'exp');
  if (typeof expiry === 'number' && expiry * 1000 <= now.getTime())
    return `it expired at ${timeOf(expiry)}, and here it is ${now.toISOString()}`;
  const email = stringAt(claims, 'email') ?? '';
  if (email !== '')
    return isTrue(member(claims, 'email_verified'))
      ? undefined
      : 'its issuer did not verify the claim "email" ("email_verified" is not true)';
  return (stringAt(claims, 'sub') ?? '') === ''
    ? 'it names nobody, expected the claim "sub" or "email"'
    : undefined;
}

function claimsOf(text: string): JsonValue | undefined {
  const body = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(text)?.[1];
  if (body === undefined) return undefined;
  try {
    const claims = parseStrictJson(Buffer.from(body, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** Some issuers write it as a string. */
function isTrue(value: JsonValue | undefined): boolean {
  return value === true || value === 'true';
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? 'no time there is' : date.toISOString();
}
