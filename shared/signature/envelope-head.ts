import { isLongStatement, readStatementHead } from './in-toto-statement.ts';
import type { SignedEnvelope } from './signed-entity.ts';

/** The envelope with what its payload is about, where reading that takes longer than a turn may. */
export async function withHead(envelope: SignedEnvelope): Promise<SignedEnvelope> {
  const { payload } = envelope;
  return isLongStatement(payload)
    ? { ...envelope, head: await readStatementHead(payload) }
    : envelope;
}
