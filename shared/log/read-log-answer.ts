import { messageOf } from '../base/coded-error.ts';
import type { JsonValue } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type { LogEntry } from '../signature/log-entry.ts';
import { readRekorAnswer } from '../signature/rekor-answer.ts';
import { logFailure } from './log-failure.ts';

/** Rekor's own limit for one search. */
const MAX_ENTRIES = 10;

/**
 * The entries in what a log answered. One that cannot be read does not hide a good one; nothing but such is no
 * answer.
 * @throws {LogLookupError}
 */
export function readLogAnswer(base: string, bytes: Buffer): readonly LogEntry[] {
  const read = listOf(base, bytes.toString('utf8')).slice(0, MAX_ENTRIES).map(readRekorAnswer);
  const entries = read.filter((entry) => typeof entry !== 'string');
  const fault = read.find((entry) => typeof entry === 'string');
  if (entries.length === 0 && fault !== undefined) throw logFailure(base, 'MALFORMED', fault);
  return entries;
}

function listOf(base: string, text: string): readonly JsonValue[] {
  let answer: JsonValue;
  try {
    answer = parseStrictJson(text);
  } catch (cause) {
    throw logFailure(base, 'MALFORMED', messageOf(cause), cause);
  }
  if (!Array.isArray(answer))
    throw logFailure(base, 'MALFORMED', 'the answer is no list of entries');
  return answer as readonly JsonValue[];
}
