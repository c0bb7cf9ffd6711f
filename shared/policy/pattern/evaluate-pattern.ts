import { isJsonObject, type JsonObject, type JsonValue, member } from '../../base/json-value.ts';
import { compareText } from '../../condition/compare-text.ts';
import type { EvaluationBudget } from '../../condition/evaluation-budget.ts';
import { type AnchorKind, parseAnchorKey } from '../anchor-key.ts';
import { expandMetadata } from './expand-metadata.ts';
import { leafMatches } from './leaf.ts';

/** `path` is where the object first differs, as Kyverno prints it: `/spec/containers/0/image/`. */
export type PatternOutcome =
  | { readonly kind: 'pass' }
  /** A conditional or global anchor says that the pattern is not for this object. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'fail'; readonly path: string };

/** Patterns nested deeper than this fail; none that a person writes comes near. */
const MAX_PATTERN_DEPTH = 100;

const PASS: PatternOutcome = { kind: 'pass' };
/** An anchor's own skip, and that of a mapping or list which gathers those of its parts. */
const ANCHOR_SKIP: PatternOutcome = { kind: 'skip' };
const GATHERED_SKIP: PatternOutcome = { kind: 'skip' };

function fail(path: string): PatternOutcome {
  return { kind: 'fail', path };
}

/**
 * Judges an object by a `validate.pattern` (Kyverno 1.19). Walks the pattern, so
 * the work is bounded by the pattern's size times the length of the object's lists.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function evaluatePattern(
  pattern: JsonValue,
  resource: JsonObject,
  budget: EvaluationBudget,
): PatternOutcome {
  return element(pattern, resource, { path: '/', depth: 0, budget });
}

interface Position {
  readonly path: string;
  readonly depth: number;
  readonly budget: EvaluationBudget;
}

function into(at: Position, key: string | number): Position {
  return { ...at, path: `${at.path}${key}/`, depth: at.depth + 1 };
}

function element(pattern: JsonValue, value: JsonValue | undefined, at: Position): PatternOutcome {
  at.budget.spend();
  if (at.depth > MAX_PATTERN_DEPTH) return fail(at.path);
  if (isJsonObject(pattern))
    return isJsonObject(value) ? mapping(pattern, value, at) : fail(at.path);
  if (isList(pattern)) return isList(value) ? list(pattern, value, at) : fail(at.path);
  const values = isList(value) ? value : [value];
  return values.every((item) => leafMatches(pattern, item, at.budget)) ? PASS : fail(at.path);
}

interface PatternField {
  readonly key: string;
  readonly anchor: AnchorKind;
  readonly name: string;
  readonly pattern: JsonValue;
}

/** Anchors say whether the fields apply at all; only `<()` is judged among the fields. */
function mapping(pattern: JsonObject, value: JsonObject, at: Position): PatternOutcome {
  const fields = Object.entries(expandMetadata(pattern, value)).map(([key, child]) => ({
    key,
    ...parseAnchorKey(key),
    pattern: child ?? null,
  }));
  const outcome = anchors(fields.filter(isDeciding), value, at);
  if (outcome.kind !== 'pass') return outcome;
  for (const next of inOrder(fields.filter((candidate) => !isDeciding(candidate)))) {
    const judged = field(next, value, at);
    if (judged.kind !== 'pass') return judged;
  }
  return PASS;
}

function isDeciding({ anchor }: PatternField): boolean {
  return anchor !== 'none' && anchor !== 'global' && anchor !== 'add';
}

/**
 * An anchor that does not hold ends it. One whose value was skipped as a whole, every element of a list,
 * counts as not there, unless no anchor is left then.
 */
function anchors(fields: readonly PatternField[], owner: JsonObject, at: Position): PatternOutcome {
  const outcomes = { pass: 0, skip: 0 };
  for (const next of fields.toSorted(byKey)) {
    const outcome = field(next, owner, at);
    if (outcome === ANCHOR_SKIP) return GATHERED_SKIP;
    if (outcome.kind === 'fail') return outcome;
    outcomes[outcome.kind] += 1;
  }
  return outcomes.skip > 0 && outcomes.pass === 0 ? GATHERED_SKIP : PASS;
}

function byKey(left: PatternField, right: PatternField): number {
  return compareText(left.key, right.key);
}

/** `<()` and fields with anchors somewhere inside first, the last key of them foremost; then the others. */
function inOrder(fields: readonly PatternField[]): readonly PatternField[] {
  const isFirst = ({ anchor, pattern }: PatternField): boolean =>
    anchor === 'global' || hasAnchor(pattern);
  const sorted = fields.toSorted(byKey);
  return [
    ...sorted.filter(isFirst).toReversed(),
    ...sorted.filter((candidate) => !isFirst(candidate)),
  ];
}

function hasAnchor(pattern: JsonValue): boolean {
  if (isList(pattern)) return pattern.some(hasAnchor);
  if (!isJsonObject(pattern)) return false;
  return Object.entries(pattern).some(
    ([key, child]) => parseAnchorKey(key).anchor !== 'none' || hasAnchor(child ?? null),
  );
}

function field(
  { anchor, name, pattern }: PatternField,
  owner: JsonObject,
  at: Position,
): PatternOutcome {
  const inside = into(at, name);
  const value = member(owner, name);
  if (anchor === 'none') {
    if (pattern !== '*') return element(pattern, value, inside);
    return value === undefined || value === null ? fail(at.path) : PASS;
  }
  // `+()` belongs to mutate rules; a pattern with it is refused when it is read.
  if (anchor === 'add') return fail(inside.path);
  return value === undefined ? ABSENT[anchor] : present(anchor, { pattern, value, at: inside });
}

type Anchor = Exclude<AnchorKind, 'none' | 'add'>;

/** What an anchor says where its field is not there. */
const ABSENT: Readonly<Record<Anchor, PatternOutcome>> = {
  condition: ANCHOR_SKIP,
  global: PASS,
  equality: PASS,
  negation: PASS,
  existence: PASS,
};

function present(
  anchor: Anchor,
  { pattern, value, at }: { pattern: JsonValue; value: JsonValue; at: Position },
): PatternOutcome {
  switch (anchor) {
    case 'condition':
    case 'global':
      return element(pattern, value, at).kind === 'pass' ? PASS : ANCHOR_SKIP;
    case 'equality':
      return element(pattern, value, at);
    case 'negation':
      return fail(at.path);
    case 'existence':
      return existence(pattern, value, at);
  }
}

/** Every pattern of the list must fit at least one element. */
function existence(pattern: JsonValue, value: JsonValue, at: Position): PatternOutcome {
  if (!isList(pattern) || !isList(value)) return fail(at.path);
  const isMet = pattern.every(
    (wanted) =>
      isJsonObject(wanted) &&
      value.some((item, index) => element(wanted, item, into(at, index)).kind === 'pass'),
  );
  return isMet ? PASS : fail(at.path);
}

/** A list of mappings or values is one pattern, its first element, for all; a list of lists goes by place. */
function list(
  pattern: readonly JsonValue[],
  value: readonly JsonValue[],
  at: Position,
): PatternOutcome {
  const [first] = pattern;
  if (first === undefined) return fail(at.path);
  if (isJsonObject(first))
    return each(
      value.map((item) => [first, item]),
      at,
    );
  if (!isList(first)) return element(first, value, at);
  if (value.length < pattern.length) return fail(at.path);
  return each(
    pattern.map((wanted, index) => [wanted, value[index]]),
    at,
  );
}

/** Elements that an anchor takes out are not judged; if that leaves none, the pattern is skipped. */
function each(
  pairs: readonly (readonly [JsonValue, JsonValue | undefined])[],
  at: Position,
): PatternOutcome {
  let skipped = 0;
  for (const [index, [pattern, value]] of pairs.entries()) {
    const outcome = element(pattern, value, into(at, index));
    if (outcome.kind === 'fail') return outcome;
    if (outcome.kind === 'skip') skipped += 1;
  }
  return skipped > 0 && skipped === pairs.length ? GATHERED_SKIP : PASS;
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
