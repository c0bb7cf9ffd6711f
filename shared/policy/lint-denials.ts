import { childPath } from '../base/field-path.ts';
import { rootNames } from '../condition/jmespath/root-names.ts';
import { listVariables } from '../condition/variables/list-variables.ts';
import type { Conditions } from '../condition/condition.ts';
import { READER_RULES } from './fault-rules.ts';
import type { Fields } from './fields.ts';
import type { AttestationDenial, VerifyImagesEntry } from './model.ts';

/** What `validate` of the entries of one rule does that its author may not expect (Kyverno 1.19). */
export function lintDenials(rule: Fields, entries: readonly VerifyImagesEntry[]): void {
  const denials = entries.flatMap(({ deny }) => deny ?? []);
  if (denials.length === 0) return;
  const attesting = entries.filter(({ attestations = [] }) => attestations.length > 0);
  if (attesting.length === 0) lintIdle(rule, denials);
  for (const entry of attesting) lintNames(rule, entry);
  for (const denial of denials) lintForeignNames(rule, denial, attesting);
}

function lintIdle(rule: Fields, denials: readonly AttestationDenial[]): void {
  for (const { path } of denials)
    rule.faultAt(
      path,
      READER_RULES.idleDeny,
      'has no effect in a rule without "attestations", as in Kyverno: it is about what they say',
    );
}

/** Nothing but `validate` needs to tell the attestations of an entry apart. */
function lintNames(rule: Fields, { attestations = [] }: VerifyImagesEntry): void {
  const paths = new Map<string, string>();
  for (const { name = '', path } of attestations) {
    const before = paths.get(name);
    if (before !== undefined)
      rule.faultAt(
        childPath(path, 'name'),
        READER_RULES.repeatedName,
        `found "${name}" twice: "validate" is then asked about what this brings, about what ${before} brings, and about the fields of both mixed (Kyverno 1.19 only mixes them); give each attestation a name of its own`,
      );
    if (name !== '') paths.set(name, path);
  }
}

/** Every `validate` is asked about the images of every entry with attestations. */
function lintForeignNames(
  rule: Fields,
  { path, conditions }: AttestationDenial,
  attesting: readonly VerifyImagesEntry[],
): void {
  const asked = namesIn(conditions);
  const given = new Set<string>();
  const later = new Set(attesting.flatMap(namesOf));
  for (const entry of attesting) {
    for (const name of namesOf(entry)) given.add(name);
    const missing = [...asked].find((name) => later.has(name) && !given.has(name));
    if (missing === undefined) continue;
    rule.faultAt(
      path,
      READER_RULES.foreignName,
      `is asked about images of ${entry.path} too, as in Kyverno, and refuses them: nothing up to there has the name "${missing}"; give it a default ("{{ ${missing}.field || '' }}"), or each entry a rule of its own`,
    );
    return;
  }
}

function namesOf({ attestations = [] }: VerifyImagesEntry): readonly string[] {
  return attestations.flatMap(({ name = '' }) => (name === '' ? [] : [name]));
}

/** Names that must have a value: none of an expression with a default. */
function namesIn(conditions: Conditions): ReadonlySet<string> {
  const compared = conditions.flatMap(({ any = [], all }) =>
    [...any, ...all].flatMap(({ key, value }) => [key, value]),
  );
  const { variables } = listVariables(compared, '');
  return new Set(
    variables.flatMap(({ text, expression }) =>
      expression === undefined || text.includes('||') ? [] : [...rootNames(expression)],
    ),
  );
}
