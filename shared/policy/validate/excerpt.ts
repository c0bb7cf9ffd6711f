import type { JsonValue } from '../../base/json-value.ts';

/** Longer values say no more than their start. */
const MAX_LENGTH = 120;

/** A value for messages, cut where it is long. */
export function excerpt(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
