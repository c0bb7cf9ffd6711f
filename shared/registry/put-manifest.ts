import type { Digest } from '../base/digest.ts';
import type { Content } from './registry-writer.ts';
import type { Question, RepositorySession } from './repository-session.ts';

/** Answers to uploads have no body worth reading. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Stores a manifest under a digest or a tag.
 * @returns whether the registry says that it lists the manifest among its subject's referrers itself.
 */
export async function putManifest(
  session: RepositorySession,
  reference: Digest | string,
  content: Content,
): Promise<boolean> {
  const question: Question = {
    method: 'PUT',
    path: `manifests/${reference}`,
    content,
    maxBytes: MAX_ANSWER_BYTES,
    operation: 'push',
    action: `store manifest "${reference}" in "${session.name}"`,
    toOtherOrigin: 'stop',
  };
  const response = await session.ask(question);
  if (response.status !== 201) throw session.refusal(question, response);
  // distribution-spec "Pushing Manifests with Subject": a registry that processes it says so.
  return response.headers.has('oci-subject');
}
