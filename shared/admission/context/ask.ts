import { messageOf } from '../../base/coded-error.ts';
import { ContextError } from './context-error.ts';

/** Whatever a source throws becomes an error of the entry, with its code, unless nobody waits any more. */
export async function ask<Answer>(
  what: string,
  { signal }: { readonly signal: AbortSignal | undefined },
  question: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await question();
  } catch (error) {
    signal?.throwIfAborted();
    const code = error instanceof ContextError ? error.code : 'SOURCE_FAILED';
    throw new ContextError(code, `${what}: ${messageOf(error)}`, { cause: error });
  }
}
