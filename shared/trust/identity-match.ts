import type { Identity } from './identity.ts';
import type { TextMatcher } from './text-matcher.ts';

/** Who must have signed. What is not given is not asked for; one that asks for nothing is never met. */
export interface IdentityRequirement {
  /** One of them must match one of the certificate's names. */
  readonly subjects: readonly TextMatcher[];
  /** All of them must match the issuer. */
  readonly issuers: readonly TextMatcher[];
  /** Each named extension must be there and match. */
  readonly extensions: Readonly<Record<string, TextMatcher>>;
}

/** Where an identity differs from what is wanted, in the order of what tells most. */
export interface IdentityMismatch {
  readonly field: 'identity' | 'subject' | 'issuer' | 'extension';
  readonly message: string;
  /** How many of the wanted things matched: the greatest is the nearest miss. */
  readonly matched: number;
}

/**
 * Compares an identity with a requirement. An identity without subject alternative names never satisfies a
 * subject, an empty requirement never matches (MUST-NOT-HAPPEN 11).
 * @returns undefined where everything that is asked for matches.
 */
export function identityMismatch(
  identity: Identity,
  wanted: IdentityRequirement,
): IdentityMismatch | undefined {
  const extensions = Object.entries(wanted.extensions);
  if (wanted.subjects.length + wanted.issuers.length + extensions.length === 0)
    return { field: 'identity', message: 'the policy names no identity', matched: 0 };
  const wrong = [
    subjectMismatch(identity, wanted.subjects),
    issuerMismatch(identity, wanted.issuers),
    ...extensions.map(([name, matcher]) => extensionMismatch(identity, name, matcher)),
  ];
  const [first] = wrong.flatMap((mismatch) => mismatch ?? []);
  const matched = wrong.filter((mismatch) => mismatch === undefined).length;
  return first === undefined ? undefined : { ...first, matched };
}

type Mismatch = Omit<IdentityMismatch, 'matched'>;

function subjectMismatch(
  { subjects }: Identity,
  wanted: readonly TextMatcher[],
): Mismatch | undefined {
  if (wanted.length === 0) return undefined;
  if (subjects.some(({ value }) => wanted.some((matcher) => matcher.test(value)))) return undefined;
  const found = subjects.map(({ value }) => quote(value)).join(', ');
  const signed = found === '' ? 'the certificate names no subject' : `signed by ${found}`;
  return { field: 'subject', message: `${signed}, policy wants subject ${describe(wanted, 'or')}` };
}

function issuerMismatch(
  { issuer }: Identity,
  wanted: readonly TextMatcher[],
): Mismatch | undefined {
  if (issuer !== undefined && wanted.every((matcher) => matcher.test(issuer))) return undefined;
  if (wanted.length === 0) return undefined;
  const found = issuer === undefined ? 'missing' : quote(issuer);
  return {
    field: 'issuer',
    message: `issuer is ${found}, policy wants issuer ${describe(wanted, 'and')}`,
  };
}

function extensionMismatch(
  { extensions }: Identity,
  name: string,
  matcher: TextMatcher,
): Mismatch | undefined {
  const found = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
  if (found !== undefined && matcher.test(found)) return undefined;
  const shown = found === undefined ? 'missing' : quote(found);
  return {
    field: 'extension',
    message: `extension ${name} is ${shown}, policy wants ${describe([matcher], 'or')}`,
  };
}

function describe(matchers: readonly TextMatcher[], word: 'or' | 'and'): string {
  return matchers
    .map(({ kind, source }) => `${kind === 'regexp' ? 'regexp ' : ''}${quote(source)}`)
    .join(` ${word} `);
}

/** A certificate's text is somebody else's: bounded, and no control characters reach a terminal. */
function quote(text: string): string {
  return JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text);
}
