import { ConditionError } from '../condition/condition-error.ts';
import { parseJmespath } from '../condition/jmespath/parse-jmespath.ts';
import {
  extractorsFor,
  type ImageExtractor,
  type ImageExtractors,
} from '../workload/extract-images.ts';
import { WORKLOAD_KINDS } from '../workload/kinds.ts';
import { READER_RULES } from './fault-rules.ts';
import { type Fields, quote } from './fields.ts';
import { canExist } from './kind-pattern.ts';
import type { Selection } from './model.ts';
import { VARIABLE } from './variables.ts';

/** The deepest place of an image in a published kind has eleven fields above it. */
const MAX_SEGMENTS = 32;

/** Each walks through the object once; published policies have at most three. */
const MAX_EXTRACTORS = 50;

/** Policies are about a handful of kinds. */
const MAX_KINDS = 50;

/** The group of images whose extractor names none (Kyverno 1.19). */
const DEFAULT_GROUP = 'custom';

/** Reads `imageExtractors` of a rule, with all faults; undefined where it has none. */
export function readExtractors(rule: Fields): ImageExtractors | undefined {
  const fields = rule.object('imageExtractors');
  const kinds = fields?.keys() ?? [];
  if (fields === undefined || kinds.length === 0) return undefined;
  if (kinds.length > MAX_KINDS) fields.fault('error', tooMany(kinds.length, MAX_KINDS));
  const read = kinds.slice(0, MAX_KINDS).map((kind): [string, readonly ImageExtractor[]] => {
    if (!/^[A-Z][A-Za-z0-9]*$/.test(kind))
      fields.fault('error', 'found no plain kind, expected one such as "Task"', kind);
    return [kind, readKind(fields, kind)];
  });
  return Object.fromEntries(read);
}

function readKind(fields: Fields, kind: string): readonly ImageExtractor[] {
  const extractors = fields.objects(kind);
  if (extractors.length === 0 && (!fields.has(kind) || Array.isArray(fields.json(kind))))
    fields.fault('error', 'found no extractor, expected at least one', kind);
  if (extractors.length > MAX_EXTRACTORS)
    fields.fault('error', tooMany(extractors.length, MAX_EXTRACTORS), kind);
  return extractors.slice(0, MAX_EXTRACTORS).flatMap((each) => readExtractor(each) ?? []);
}

function tooMany(count: number, most: number): string {
  return `has ${count} entries, expected at most ${most}`;
}

function readExtractor(fields: Fields): ImageExtractor | undefined {
  const path = readPath(fields);
  const value = filled(fields, 'value');
  const key = filled(fields, 'key');
  const group = filled(fields, 'name') ?? DEFAULT_GROUP;
  const jmesPath = readExpression(fields);
  fields.end();
  if (path === undefined) return undefined;
  const last = value ?? path.at(-1);
  if (last === undefined || last === '*') {
    const found = last === undefined ? 'names no field' : 'ends in "*"';
    fields.fault('error', `${found}, expected the field that holds the image at its end`, 'path');
    return undefined;
  }
  return {
    path: value === undefined ? path.slice(0, -1) : path,
    value: last,
    key,
    group,
    jmesPath,
  };
}

/** As Kyverno reads it: blanks around a field do not count, nor does a slash too many. */
function readPath(fields: Fields): readonly string[] | undefined {
  const text = fields.string('path');
  if (text === undefined) {
    if (!fields.has('path')) fields.fault('error', 'missing, expected "/spec/image"', 'path');
    return undefined;
  }
  const segments = text
    .split('/')
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '');
  const odd = segments.find((segment) => segment !== '*' && segment.includes('*'));
  if (odd !== undefined)
    fields.fault('error', `found ${quote(odd)}, expected a field or "*" for all of them`, 'path');
  if (VARIABLE.test(text))
    fields.fault('error', 'found a variable, expected a plain path: extractors take none', 'path');
  if (segments.length <= MAX_SEGMENTS) return segments;
  const many = `has ${segments.length} fields, expected at most ${MAX_SEGMENTS}`;
  fields.fault('error', many, 'path');
  return undefined;
}

function filled(fields: Fields, key: string): string | undefined {
  const text = fields.string(key) ?? '';
  return text === '' ? undefined : text;
}

function readExpression(fields: Fields): string | undefined {
  const text = filled(fields, 'jmesPath');
  if (text === undefined) return undefined;
  try {
    parseJmespath(text);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    fields.fault('error', error.message, 'jmesPath');
  }
  return text;
}

/** Kinds that a rule about images names although nobody says where their images are: Kyverno admits them unseen. */
export function lintBlindKinds(
  rule: Fields,
  { match }: Selection,
  extractors: ImageExtractors,
): void {
  // Of the others the filter's reader has said that they select nothing.
  const kinds = match.filters.flatMap((filter) =>
    filter.kinds.filter(canExist).map(({ kind }) => kind),
  );
  for (const kind of new Set(kinds)) {
    if (/[*?]/.test(kind) || extractorsFor(extractors, kind) !== undefined) continue;
    if (WORKLOAD_KINDS.some((known) => known.kind === kind)) continue;
    const problem = `no images of kind "${kind}" are known, so that its objects are admitted unchecked`;
    rule.fault(
      READER_RULES.blindKind,
      `${problem}; say in "imageExtractors" where they are`,
      'match',
    );
  }
}

/**
 * A webhook is not called for every object of a cluster: its outage would stop them all (MUST-NOT-HAPPEN 30). So what
 * a wildcard stands for beside workloads is not judged, and whoever writes it has to know (MUST-NOT-HAPPEN 28).
 */
export function lintOpenKinds(rule: Fields, { match }: Selection): void {
  const kinds = match.filters.flatMap((filter) => filter.kinds.map(({ kind }) => kind));
  for (const kind of new Set(kinds.filter((name) => /[*?]/.test(name))))
    rule.fault(
      READER_RULES.blindKind,
      `kind "${kind}" stands for kinds with a Pod template only here, others are admitted unchecked; name them`,
      'match',
    );
}

/** What was made of a text cannot be written back (Kyverno refuses it too). */
export function refuseTransformedPins(rule: Fields, extractors: ImageExtractors): void {
  for (const [kind, ofKind] of Object.entries(extractors)) {
    if (ofKind.every(({ jmesPath }) => jmesPath === undefined)) continue;
    const path = `${rule.at('imageExtractors')}.${kind}`;
    rule.faultAt(
      path,
      'error',
      'found "jmesPath" together with "mutateDigest: true" (also its default), expected one of both',
    );
  }
}
