export interface RepeatOptions {
  /** Milliseconds between the end of one run and the start of the next. */
  readonly interval: number;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/** Runs `work` again and again until the signal aborts, never twice at once; keeps no process alive. */
export function repeat(work: () => Promise<void>, options: RepeatOptions): void {
  const { interval, signal, onError } = options;
  let timer: NodeJS.Timeout | undefined;
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onError(error);
    }
    schedule();
  };
  const schedule = (): void => {
    if (signal.aborted) return;
    timer = setTimeout(() => void run(), interval);
    timer.unref();
  };
  schedule();
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
