import type { Instant } from './instant.ts';
import { LAYOUT_PARTS } from './layout-parts.ts';
import { instantOf, type TimeFields } from './time-fields.ts';

/** Go's `time.RFC3339`. */
export const RFC3339 = '2006-01-02T15:04:05Z07:00';

/** Longer texts are no time that a person writes. */
const MAX_LENGTH = 256;

/**
 * The parts of a layout that stand for something, longest first where one starts like another (Go:
 * `time.Layout`). All else stands for itself.
 */
const PART =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|__2|_2(?!006)|2|3|4|5|PM|pm|[-Z]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?!\d)/g;

/** Also after seconds for which the layout names no fraction. */
const ANY_FRACTION = /^[.,]\d+|^/;

/**
 * Reads a time in one of Go's layouts, `2006-01-02 15:04:05 -0700`; undefined for text that does not fit.
 * Names of zones other than UTC, GMT and GMT+3 mean UTC, as in Go where they are not local.
 */
export function parseTime(layout: string, text: string): Instant | undefined {
  if (layout.length > MAX_LENGTH || text.length > MAX_LENGTH) return undefined;
  const fields: TimeFields = {};
  const parts = [...layout.matchAll(PART)];
  let rest: string | undefined = text;
  let last = 0;
  for (const [index, { 0: part, index: at }] of parts.entries()) {
    rest = afterLiteral(layout.slice(last, at), rest);
    if (rest === undefined) return undefined;
    rest = readPart(part, rest, fields);
    if (rest === undefined) return undefined;
    if (/^0?5$/.test(part) && !isFraction(parts[index + 1]?.[0]))
      rest = readFraction(rest, ANY_FRACTION, fields);
    last = at + part.length;
  }
  return afterLiteral(layout.slice(last), rest) === '' ? instantOf(fields) : undefined;
}

/** What follows the literal text of a layout; a run of spaces there stands for any. */
function afterLiteral(literal: string, text: string): string | undefined {
  let rest = text;
  for (const [piece] of literal.matchAll(/ +|[^ ]+/g)) {
    const isSpace = piece.startsWith(' ');
    if (isSpace ? rest !== '' && !rest.startsWith(' ') : !rest.startsWith(piece)) return undefined;
    rest = isSpace ? rest.replace(/^ +/, '') : rest.slice(piece.length);
  }
  return rest;
}

function isFraction(part: string | undefined): boolean {
  return part !== undefined && /^[.,]/.test(part);
}

/** Notes what a part of the layout finds at the start of the text, and gives what follows. */
function readPart(part: string, text: string, fields: TimeFields): string | undefined {
  // Zeros ask for as many digits, nines for any number of them or none.
  if (isFraction(part) && part.includes('9')) return readFraction(text, ANY_FRACTION, fields);
  if (isFraction(part)) {
    const exact = new RegExp(`^[.,]\\d{${part.length - 1}}`);
    return exact.test(text) ? readFraction(text, exact, fields) : undefined;
  }
  const reader = LAYOUT_PARTS.get(part);
  const found = reader?.form.exec(text) ?? undefined;
  if (reader === undefined || found === undefined || !reader.note(fields, found)) return undefined;
  return text.slice(found[0].length);
}

/** What is finer than nanoseconds is cut off. */
function readFraction(text: string, form: RegExp, fields: TimeFields): string {
  const found = form.exec(text)?.[0] ?? '';
  if (found !== '') fields.nanosecond = Number(found.slice(1, 10).padEnd(9, '0'));
  return text.slice(found.length);
}
