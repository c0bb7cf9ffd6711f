import type { Output } from '../streams.ts';

/** A line on the terminal that says how far long work has come; silent everywhere else. */
export interface Progress {
  step(): void;
  /** Takes the line away again. */
  end(): void;
}

/** Work that is done before this many milliseconds shows nothing. */
const DELAY = 300;

const ERASE_LINE = '\r\u001B[K';

/** Shows `label done/total` on a terminal. */
export function startProgress(output: Output, total: number, label: string): Progress {
  if (!output.isTTY) return { step: () => {}, end: () => {} };
  const startedAt = performance.now();
  let done = 0;
  let isShown = false;
  return {
    step: () => {
      done += 1;
      if (performance.now() - startedAt < DELAY) return;
      isShown = true;
      output.write(`${ERASE_LINE}${label}: ${done}/${total}`);
    },
    end: () => {
      if (isShown) output.write(ERASE_LINE);
    },
  };
}
