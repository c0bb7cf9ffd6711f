import { setImmediate } from 'node:timers/promises';
import { isLongStatement, readStatementHead } from './in-toto-statement.ts';
import type { SignedEnvelope } from './signed-entity.ts';

/** The envelope with what its payload is about, where reading that takes longer than a turn may. */
export async function withHead(envelope: SignedEnvelope): Promise<SignedEnvelope> {
  const { payload } = envelope;
  if (!isLongStatement(payload)) return envelope;
  // Decoding what was read so far has taken its time already.
  await setImmediate();
  return { ...envelope, head: await readStatementHead(payload) };
}
