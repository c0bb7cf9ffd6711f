import { CodedError } from '../base/coded-error.ts';
import type { Fields } from './fields.ts';
import { VARIABLE } from './variables.ts';

/**
 * What a text field holds, parsed. Undefined where there is nothing, or nothing that can be used: what is
 * wrong is a fault then, and a rule with one is not used. Variables are left to the caller, who reports all
 * of them at once.
 */
export function parseField<Value>(
  fields: Fields,
  key: string,
  parse: (text: string) => Value,
): Value | undefined {
  const text = fields.string(key)?.trim() ?? '';
  if (text === '' || VARIABLE.test(text)) return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    fields.fault('error', error.message, key);
    return undefined;
  }
}

/** Whether a field is there and says nothing. */
export function isBlank(fields: Fields, key: string): boolean {
  const value = fields.json(key);
  return typeof value === 'string' && value.trim() === '';
}
