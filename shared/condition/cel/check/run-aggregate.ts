import { ConditionError } from '../../condition-error.ts';
import { CelMap } from '../value/cel-map.ts';
import type { CelValue } from '../value/cel-value.ts';
import { CelOptional } from '../value/cel-optional.ts';
import type { Frame, Run } from './checked.ts';

/** A part of a list or map; left out where it is optional and has no value. */
export interface Part {
  readonly run: Run;
  readonly isOptional: boolean;
}

function valueOf({ run, isOptional }: Part, frame: Frame): CelValue | undefined {
  const value = run(frame);
  if (!isOptional) return value;
  if (value instanceof CelOptional) return value.value;
  throw new ConditionError(
    'INVALID_ARGUMENT',
    'cannot initialize an optional element from a value',
  );
}

export function runList(parts: readonly Part[]): Run {
  return (frame) =>
    parts.map((part) => valueOf(part, frame)).filter((value) => value !== undefined);
}

/** @param keys of the parts, as many. */
export function runMap(keys: readonly Run[], parts: readonly Part[]): Run {
  return (frame) => {
    const entries = new Map<CelValue, CelValue>();
    for (const [index, part] of parts.entries()) {
      const key = keys[index]?.(frame) ?? null;
      const value = valueOf(part, frame);
      if (value === undefined) entries.delete(key);
      else entries.set(key, value);
    }
    return new CelMap(entries);
  };
}
