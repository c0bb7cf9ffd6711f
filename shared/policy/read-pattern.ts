import { childPath } from '../base/field-path.ts';
import type { JsonValue } from '../base/json-value.ts';
import type { Fields } from './fields.ts';
import { lintPattern } from './pattern/lint-pattern.ts';
import type { AnyPatternValidation, PatternValidation } from './validation.ts';

/** Reads `pattern`. */
export function readPattern(owner: Fields): PatternValidation {
  const pattern = owner.json('pattern') ?? null;
  lintPattern(pattern, owner.at('pattern'), owner);
  return { kind: 'pattern', pattern };
}

/** Reads `anyPattern`, a list of patterns. */
export function readAnyPattern(owner: Fields): AnyPatternValidation {
  const value = owner.json('anyPattern');
  const patterns: readonly JsonValue[] = Array.isArray(value) ? value : [];
  if (patterns.length === 0)
    owner.fault('error', 'expected a list of at least one pattern', 'anyPattern');
  for (const [index, pattern] of patterns.entries())
    lintPattern(pattern, childPath(owner.at('anyPattern'), index), owner);
  return { kind: 'any-pattern', patterns };
}
