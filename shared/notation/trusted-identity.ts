import { ATTRIBUTE_NAMES, type DistinguishedName } from './distinguished-name.ts';

/** Whom a trust policy trusts: anybody below its trust stores, or subjects that hold these attributes. */
export type TrustedIdentity =
  | { readonly kind: 'any' }
  | {
      readonly kind: 'subject';
      readonly text: string;
      readonly attributes: ReadonlyMap<string, string>;
    };

const SUBJECT_PREFIX = 'x509.subject:';

/** trust-store-trust-policy.md "Trusted Identities Constraints": an identity names at least these. */
const MANDATORY = ['C', 'ST', 'O'];

const NAMES: ReadonlySet<string> = new Set(ATTRIBUTE_NAMES.values());

/**
 * Reads one entry of `trustedIdentities`.
 * @returns what is wrong with it as text.
 */
export function parseTrustedIdentity(text: string): TrustedIdentity | string {
  if (text === '*') return { kind: 'any' };
  if (!text.startsWith(SUBJECT_PREFIX))
    return `found ${JSON.stringify(text)}, expected "*" or "${SUBJECT_PREFIX} C=…, ST=…, O=…"; other identities need a notation plugin, which is not supported`;
  const attributes = parseName(text.slice(SUBJECT_PREFIX.length));
  if (typeof attributes === 'string') return `found ${JSON.stringify(text)}: ${attributes}`;
  const missing = MANDATORY.filter((name) => !attributes.has(name));
  if (missing.length > 0)
    return `found ${JSON.stringify(text)} without ${missing.join(', ')}: an identity must name C, ST and O at least`;
  return { kind: 'subject', text: text.slice(SUBJECT_PREFIX.length).trim(), attributes };
}

/** Whether the identity's attributes are all in the subject, each with exactly this value. */
export function matchesIdentity(identity: TrustedIdentity, subject: DistinguishedName): boolean {
  switch (identity.kind) {
    case 'any':
      return true;
    case 'subject':
      return !subject.ambiguous && isSubset(identity.attributes, subject.attributes);
  }
}

/** Whether a certificate could match both: the policy is then ambiguous, and notation refuses it. */
export function overlaps(one: TrustedIdentity, other: TrustedIdentity): boolean {
  if (one.kind === 'any' || other.kind === 'any') return true;
  return isSubset(one.attributes, other.attributes) || isSubset(other.attributes, one.attributes);
}

function isSubset(part: ReadonlyMap<string, string>, whole: ReadonlyMap<string, string>): boolean {
  return [...part].every(([name, value]) => whole.get(name) === value);
}

/** RFC 4514 §3, the part notation supports: single-valued, textual, each attribute once. */
function parseName(text: string): ReadonlyMap<string, string> | string {
  const attributes = new Map<string, string>();
  for (const part of splitUnescaped(text)) {
    const pair = parsePair(part);
    if (typeof pair === 'string') return pair;
    const [name, value] = pair;
    if (attributes.has(name)) return `attribute ${name} occurs twice`;
    attributes.set(name, value);
  }
  return attributes;
}

function splitUnescaped(text: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  for (const [token] of text.matchAll(/\\.|[^\\]|\\$/gsu)) {
    if (token === ',') parts.push(part);
    part = token === ',' ? '' : part + token;
  }
  return [...parts, part];
}

function parsePair(part: string): readonly [string, string] | string {
  const equals = part.indexOf('=');
  const written = part.slice(0, Math.max(equals, 0)).trim();
  const name = written === 'S' ? 'ST' : written;
  if (!NAMES.has(name))
    return `${JSON.stringify(part.trim())} does not name one of the attributes ${[...NAMES].join(', ')}`;
  const value = unescapeValue(trimUnescaped(part.slice(equals + 1)));
  return value === undefined || value === ''
    ? `the value of ${name} is empty or holds a special character that is not escaped with "\\"`
    : [name, value];
}

/** A space that was escaped belongs to the value, others around it do not. */
function trimUnescaped(value: string): string {
  const start = value.trimStart();
  const end = start.trimEnd();
  return /(?:^|[^\\])(?:\\\\)*\\$/.test(end) && end.length < start.length ? `${end} ` : end;
}

function unescapeValue(value: string): string | undefined {
  if (!/^(?!#)(?:\\[0-9a-fA-F]{2}|\\[ ,+"\\<>;=#]|[^,+"\\<>;])*$/.test(value)) return undefined;
  return value.replaceAll(/((?:\\[0-9a-fA-F]{2})+)|\\(.)/g, (_, hex?: string, char?: string) =>
    hex === undefined ? (char ?? '') : Buffer.from(hex.replaceAll('\\', ''), 'hex').toString(),
  );
}
