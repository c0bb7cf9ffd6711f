import { initTUF, type TUFOptions } from '@sigstore/tuf';

/**
 * The text of one target of a TUF repository. A module of its own, to be imported when it is needed: a bundled
 * program sees the names of a CommonJS package only where it is imported statically.
 */
export async function fetchTufTarget(name: string, options: TUFOptions): Promise<string> {
  const client = await initTUF(options);
  return await client.getTarget(name);
}
