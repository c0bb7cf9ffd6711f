import type { Fields } from './fields.ts';
import type { Mode, VerifyImagesEntry } from './model.ts';
import type { RuleContext } from './rule-context.ts';

/** What works, but Kyverno would refuse or is dangerous (Kyverno 1.19). */
export function lintEntry(
  fields: Fields,
  entry: VerifyImagesEntry,
  { mode, dialect }: { readonly mode: Mode } & Pick<RuleContext, 'dialect'>,
): void {
  if (dialect === 'kyverno' && mode === 'audit' && entry.mutateDigest) {
    fields.fault(
      'warning',
      'Kyverno refuses "mutateDigest: true" (also its default) together with the action Audit, write "mutateDigest: false" or the action Enforce',
      'mutateDigest',
    );
  }
  lintAttestors(fields, entry);
  const blind = entry.imageReferences.filter((pattern) => missesDigests(pattern));
  for (const pattern of blind) {
    fields.fault(
      'warning',
      `"${pattern}" does not match references with a digest, so pinned images go unchecked; "${pattern.replace(/:[^/:]*$/, '*')}" matches both`,
      'imageReferences',
    );
  }
}

/** A pattern that ends in a tag: digest references are matched without their tag. */
function missesDigests(pattern: string): boolean {
  return /:[^/:@]*$/.test(pattern) && pattern.includes('/') && !pattern.includes('@');
}

/** Without attestors nothing is verified; Kyverno then only pins. */
function lintAttestors(fields: Fields, entry: VerifyImagesEntry): void {
  const named = ['attestors', 'key', 'attestations', 'roots', 'subject', 'issuer'];
  if (entry.attestors.length > 0 || named.some((field) => isGiven(fields, field))) return;
  if (entry.required) {
    fields.fault(
      'warning',
      'found no attestors: nothing in this rule can then verify an image, so "required" (its default) refuses every one, as in Kyverno 1.19; name attestors, or write "required: false" to only pin digests',
      'attestors',
    );
  } else {
    fields.fault(
      'warning',
      'found no attestors: no signature is verified, only digests are looked at',
      'attestors',
    );
  }
}

function isGiven(fields: Fields, field: string): boolean {
  const value = fields.json(field);
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}
