import { compileRegexp } from '../base/regexp.ts';
import { hasWildcard } from '../base/wildcard.ts';
import { extensionName } from '../trust/identity.ts';
import type { IdentityRequirement } from '../trust/identity-match.ts';
import { regexpWarnings, type TextMatcher, textMatcher } from '../trust/text-matcher.ts';
import { READER_RULES } from './fault-rules.ts';
import { quote, type Fields } from './fields.ts';
import { isBlank, parseField } from './parse-field.ts';

/** The fields of which at least one must be there. */
const IDENTITY_FIELDS = [
  'subject',
  'subjectRegExp',
  'issuer',
  'issuerRegExp',
  'additionalExtensions',
] as const;

/**
 * Reads whom a certificate must be for. `subject` and `issuer` are wildcards, the `…RegExp` fields RE2 that
 * may match a part; either subject suffices, both issuers must match (Kyverno 1.19). Unlike Kyverno, no
 * identity at all is an error: it would accept everybody (MUST-NOT-HAPPEN 11).
 */
export function readIdentity(fields: Fields): IdentityRequirement {
  const requirement = {
    subjects: [...readWildcard(fields, 'subject'), ...readRegexp(fields, 'subjectRegExp')],
    issuers: [...readWildcard(fields, 'issuer'), ...readRegexp(fields, 'issuerRegExp')],
    extensions: readExtensions(fields),
  };
  if (!IDENTITY_FIELDS.some((field) => fields.has(field)))
    fields.fault(
      READER_RULES.noIdentity,
      'found no identity, expected "subject" or "subjectRegExp", and "issuer" or "issuerRegExp": anybody can get a certificate',
    );
  else warnMissing(fields);
  return requirement;
}

function warnMissing(fields: Fields): void {
  const [hasSubject, hasIssuer] = ['subject', 'issuer'].map(
    (name) => fields.has(name) || fields.has(`${name}RegExp`),
  );
  if (hasSubject !== true && !fields.has('additionalExtensions'))
    fields.fault(
      READER_RULES.openIdentity,
      'names no subject, so everybody whom the issuer knows is accepted; add "subject"',
    );
  if (hasIssuer !== true)
    fields.fault(
      READER_RULES.openIdentity,
      'names no issuer, so whoever another issuer calls by that name is accepted too; add "issuer"',
    );
}

function readWildcard(fields: Fields, key: string): readonly TextMatcher[] {
  refuseEmpty(fields, key);
  const matcher = parseField(fields, key, wildcardOrExact);
  if (matcher !== undefined && /^\*+$/.test(matcher.source)) warnEverything(fields, key, matcher);
  return matcher === undefined ? [] : [matcher];
}

function wildcardOrExact(text: string): TextMatcher {
  return textMatcher(hasWildcard(text) ? 'wildcard' : 'exact', text);
}

function readRegexp(fields: Fields, key: string): readonly TextMatcher[] {
  refuseEmpty(fields, key);
  const matcher = parseField(fields, key, (source) => {
    for (const { path, message } of regexpWarnings(compileRegexp(source), fields.at(key)))
      fields.faultAt(path, READER_RULES.looseRegexp, message);
    return textMatcher('regexp', source);
  });
  return matcher === undefined ? [] : [matcher];
}

/** Values are wildcards; names are those of Fulcio's extensions, or their object identifiers (Kyverno 1.19). */
function readExtensions(fields: Fields): Readonly<Record<string, TextMatcher>> {
  const extensions = fields.object('additionalExtensions');
  if (extensions === undefined) return {};
  const entries = extensions.keys().flatMap((written): [string, TextMatcher][] => {
    const name = extensionName(written);
    if (name === undefined)
      extensions.fault(
        'error',
        'is no extension of a Fulcio certificate, expected a name such as "githubWorkflowRepository" or an identifier "1.3.6.1.4.1.57264.1.…"',
        written,
      );
    refuseEmpty(extensions, written);
    const matcher = parseField(extensions, written, wildcardOrExact);
    return name === undefined || matcher === undefined ? [] : [[name, matcher]];
  });
  if (new Set(entries.map(([name]) => name)).size < entries.length)
    fields.fault('error', 'names one extension twice', 'additionalExtensions');
  return Object.fromEntries(entries);
}

/** A field that is there says something; an empty one would match everything (MUST-NOT-HAPPEN 11). */
function refuseEmpty(fields: Fields, key: string): void {
  if (isBlank(fields, key))
    fields.fault('error', 'is empty, expected a text to compare with, or no such field', key);
}

function warnEverything(fields: Fields, key: string, { source }: TextMatcher): void {
  fields.fault(
    READER_RULES.openIdentity,
    `${quote(source)} matches every text, so it asks for nothing`,
    key,
  );
}
