import { childPath } from '../../base/field-path.ts';
import { isJsonObject, type JsonValue } from '../../base/json-value.ts';
import { listVariables } from '../../condition/variables/list-variables.ts';
import { parseAnchorKey } from '../anchor-key.ts';
import type { Fields } from '../fields.ts';
import { findText } from '../variables.ts';

/** Longer than any value that a person compares; keeps matching cheap. */
const TOO_LONG = /^[^]{4097}/;

/** Reports what a pattern cannot say, so that evaluating it never comes across it; `at` is its field. */
export function lintPattern(pattern: JsonValue, at: string, faults: Pick<Fields, 'faultAt'>): void {
  if (!isJsonObject(pattern))
    faults.faultAt(at, 'error', 'expected a mapping with the fields of the object');
  for (const { path, message } of listVariables(pattern, at).faults)
    faults.faultAt(path, 'error', message);
  for (const path of findText(pattern, at, TOO_LONG))
    faults.faultAt(path, 'error', 'has more than 4096 characters, expected less');
  lintAnchors(pattern, at, faults);
}

function lintAnchors(value: JsonValue, at: string, faults: Pick<Fields, 'faultAt'>): void {
  if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly JsonValue[]).entries())
      lintAnchors(item, childPath(at, index), faults);
  }
  if (!isJsonObject(value)) return;
  for (const [key, item = null] of Object.entries(value)) {
    const path = childPath(at, key);
    const fault = anchorFault(key, item);
    if (fault !== undefined) faults.faultAt(path, fault.severity, fault.message);
    if (fault?.severity !== 'error') lintAnchors(item, path, faults);
  }
}

function anchorFault(
  key: string,
  value: JsonValue,
): { readonly severity: 'error' | 'warning'; readonly message: string } | undefined {
  const { anchor } = parseAnchorKey(key);
  if (anchor === 'add') return error('the anchor "+()" belongs to mutate rules, expected another');
  if (anchor === 'existence' && !isListOfMappings(value))
    return error('the anchor "^()" is for lists, expected a list of mappings');
  if (anchor === 'none' && LOOKS_ANCHORED.test(key)) {
    const message =
      'is no anchor, so it is the name of a field; expected one of () <() =() X() ^()';
    return { severity: 'warning', message };
  }
  return undefined;
}

function isListOfMappings(value: JsonValue): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
}

const LOOKS_ANCHORED = /^.?\(.*\)$/;

function error(message: string): { readonly severity: 'error'; readonly message: string } {
  return { severity: 'error', message };
}
