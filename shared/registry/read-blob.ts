import { matchesDigestAside } from '../base/digest.ts';
import { RegistryError } from './registry-error.ts';
import type { Descriptor } from './registry.ts';
import type { Question, RepositorySession } from './repository-session.ts';

/** The descriptor's bytes exactly: its size and its digest are both checked. */
export async function readBlob(
  session: RepositorySession,
  descriptor: Descriptor,
  maxBytes: number,
): Promise<Buffer> {
  const { digest, size } = descriptor;
  const action = `read blob "${digest}" of "${session.name}"`;
  if (size > maxBytes)
    throw new RegistryError(
      'TOO_LARGE',
      `Cannot ${action}: its descriptor says ${size} bytes, the limit is ${maxBytes}`,
    );
  const question: Question = {
    method: 'GET',
    path: `blobs/${digest}`,
    maxBytes: size,
    operation: 'blob',
    action,
  };
  const response = await askSized(session, question, size);
  if (response.status !== 200) throw session.refusal(question, response);
  if (response.body.length !== size)
    throw mismatch(action, `sent ${response.body.length} bytes, wanted ${size}`);
  if (!(await matchesDigestAside(response.body, digest)))
    throw mismatch(action, 'sent bytes with another digest');
  return response.body;
}

/** A body longer than its descriptor is not too large but wrong. */
async function askSized(
  session: RepositorySession,
  question: Question,
  size: number,
): ReturnType<RepositorySession['ask']> {
  try {
    return await session.ask(question);
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'TOO_LARGE') throw error;
    throw mismatch(question.action, `sent more than ${size} bytes, wanted ${size}`, error);
  }
}

function mismatch(action: string, why: string, cause?: unknown): RegistryError {
  return new RegistryError('DIGEST_MISMATCH', `Cannot ${action}: the registry ${why}`, { cause });
}
