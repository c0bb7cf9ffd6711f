import { randomInt } from 'node:crypto';

/** Code points from the first to the last, both included. */
export type CodeRange = readonly [first: number, last: number];

export const LAST_CODE_POINT = 0x10ffff;

/** What no text holds: halves of surrogate pairs, and NUL, which no generated text has (goregen). */
const UNUSABLE: readonly CodeRange[] = [
  [0, 0],
  [0xd800, 0xdfff],
];

/** Characters to choose from. */
export class CharacterSet {
  readonly #ranges: readonly CodeRange[];
  /** How many characters there are up to the end of each range. */
  readonly #sizes: readonly number[];
  readonly #size: number;

  constructor(ranges: readonly CodeRange[]) {
    this.#ranges = complement([...complement(ranges), ...UNUSABLE]);
    let size = 0;
    this.#sizes = this.#ranges.map(([first, last]) => (size += last - first + 1));
    this.#size = size;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Any one of them, each as likely as the others. */
  choose(): string {
    const index = randomInt(this.#size);
    let [low, high] = [0, this.#ranges.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (index < (this.#sizes[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    const [, last] = this.#ranges[low] ?? [0, 0];
    return String.fromCodePoint(last - ((this.#sizes[low] ?? 0) - 1 - index));
  }
}

/** All code points that are in none of the ranges, in order. */
export function complement(ranges: readonly CodeRange[]): readonly CodeRange[] {
  const gaps: CodeRange[] = [];
  let next = 0;
  for (const [first, last] of ranges.toSorted(([one], [other]) => one - other)) {
    if (first > next) gaps.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  if (next <= LAST_CODE_POINT) gaps.push([next, LAST_CODE_POINT]);
  return gaps;
}
