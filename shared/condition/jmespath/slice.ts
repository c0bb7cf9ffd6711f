import type { SliceNode } from './expression.ts';

/** The items that `[start:stop:step]` names, as in Python. */
export function slice<Item>(
  list: readonly Item[],
  range: Omit<SliceNode, 'kind'>,
): readonly Item[] {
  const { step } = range;
  const isBackward = step < 0;
  const start = bound(range.start, list.length, isBackward) ?? (isBackward ? list.length - 1 : 0);
  const stop = bound(range.stop, list.length, isBackward) ?? (isBackward ? -1 : list.length);
  const part: Item[] = [];
  for (let at = start; isBackward ? at > stop : at < stop; at += step) {
    const item = list[at];
    if (item !== undefined) part.push(item);
  }
  return part;
}

/** Counted from the end where negative, and never beyond the ends. */
function bound(
  written: number | undefined,
  length: number,
  isBackward: boolean,
): number | undefined {
  if (written === undefined) return undefined;
  const at = written < 0 ? written + length : written;
  return isBackward ? Math.min(Math.max(at, -1), length - 1) : Math.min(Math.max(at, 0), length);
}
