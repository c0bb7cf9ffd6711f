/**
 * Waits for shared work only as long as the caller may: rejects with the signal's reason when it aborts,
 * while the work itself goes on for others that wait for it.
 */
export async function raceAbort<Value>(
  work: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return work;
  // Nobody waits for it here, but it was started: its failure must not end the process.
  if (signal.aborted) void work.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
