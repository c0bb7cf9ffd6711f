import type { Environment } from './environment.ts';
import type { Style } from './print/style.ts';
import type { Streams } from './streams.ts';

/** What every command may use of the world around it. */
export interface Context {
  readonly streams: Streams;
  readonly env: Environment;
  /** Colours for standard output. */
  readonly style: Style;
  /** One `Warning: …` line on standard error; the same line once only. */
  readonly warn: (message: string) => void;
}
