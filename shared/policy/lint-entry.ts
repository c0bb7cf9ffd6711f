import { childPath } from '../base/field-path.ts';
import { wildcardMatches } from '../base/wildcard.ts';
import { patternProblem, skipPatternProblem } from '../image/pattern-problem.ts';
import { READER_RULES } from './fault-rules.ts';
import { quote, type Fields } from './fields.ts';
import type { VerifyImagesEntry } from './model.ts';
import { VARIABLE } from './variables.ts';

/** What works, but is dangerous (Kyverno 1.19). */
export function lintEntry(fields: Fields, entry: VerifyImagesEntry): void {
  lintAttestors(fields, entry);
  lintReferences(fields, entry);
  for (const [index, pattern] of entry.skipImageReferences.entries())
    lintPattern(fields, childPath(fields.at('skipImageReferences'), index), {
      pattern,
      problem: skipPatternProblem(pattern),
    });
}

function lintReferences(fields: Fields, { imageReferences }: VerifyImagesEntry): void {
  // The field of old comes first among the references.
  const before = fields.has('image') ? 1 : 0;
  for (const [index, pattern] of imageReferences.entries()) {
    const path =
      index < before ? fields.at('image') : childPath(fields.at('imageReferences'), index - before);
    const problem = patternProblem(pattern);
    lintPattern(fields, path, { pattern, problem });
    if (problem !== undefined || !missesDigests(pattern)) continue;
    const repository = pattern.replace(/:[^/:]*$/, '');
    if (imageReferences.some((other) => matchesDigest(other, repository))) continue;
    fields.faultAt(
      path,
      READER_RULES.missesDigests,
      `"${pattern}" does not match references with a digest, so pinned images go unchecked; list "${repository}@*" beside it`,
    );
  }
}

/** What a variable will be is not known. */
function lintPattern(
  fields: Fields,
  path: string,
  { pattern, problem }: { readonly pattern: string; readonly problem: string | undefined },
): void {
  if (problem === undefined || VARIABLE.test(pattern)) return;
  fields.faultAt(path, READER_RULES.idlePattern, `${quote(pattern)} ${problem}`);
}

/** A pattern that ends in a tag: digest references are matched without their tag. */
function missesDigests(pattern: string): boolean {
  return /:[^/:@]*$/.test(pattern) && pattern.includes('/') && !pattern.includes('@');
}

/** Whether a pattern is for pinned images of the repository. */
function matchesDigest(pattern: string, repository: string): boolean {
  return wildcardMatches(pattern, `${repository}@sha256:${'0'.repeat(64)}`);
}

/** Without attestors nothing is verified; Kyverno then only pins. */
function lintAttestors(fields: Fields, entry: VerifyImagesEntry): void {
  const named = ['attestors', 'key', 'attestations', 'roots', 'subject', 'issuer'];
  if (entry.attestors.length > 0 || named.some((field) => isGiven(fields, field))) return;
  if (entry.required) {
    fields.fault(
      READER_RULES.requiredWithoutAttestors,
      'found no attestors: nothing in this rule can then verify an image, so "required" (its default) refuses every one, as in Kyverno 1.19; name attestors, or write "required: false" to only pin digests',
      'attestors',
    );
  } else {
    fields.fault(
      READER_RULES.nothingVerified,
      'found no attestors: no signature is verified, only digests are looked at',
      'attestors',
    );
  }
}

function isGiven(fields: Fields, field: string): boolean {
  const value = fields.json(field);
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}
