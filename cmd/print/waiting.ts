import type { Output } from '../streams.ts';

/** One line on the terminal about what is being waited for; silent everywhere else. */
export interface Waiting {
  show(text: string): void;
  /** Takes the line away again. */
  end(): void;
}

const ERASE_LINE = '\r\u001B[K';

/** Width where a terminal does not tell its own. */
const DEFAULT_COLUMNS = 80;

/** Shows and replaces a line on a terminal. */
export function startWaiting(output: Output): Waiting {
  if (!output.isTTY) return { show: () => {}, end: () => {} };
  let isShown = false;
  return {
    show: (text) => {
      isShown = true;
      // A line that wraps could not be erased again.
      output.write(ERASE_LINE + text.slice(0, (output.columns ?? DEFAULT_COLUMNS) - 1));
    },
    end: () => {
      if (isShown) output.write(ERASE_LINE);
    },
  };
}
