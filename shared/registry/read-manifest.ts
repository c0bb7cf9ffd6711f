import { type Digest, matchesDigest } from '../base/digest.ts';
import { contentType } from './http-message.ts';
import { digestMismatch, manifestQuestion } from './manifest-question.ts';
import { parseManifest } from './parse-manifest.ts';
import type { Manifest } from './registry.ts';
import type { RepositorySession } from './repository-session.ts';

/** A manifest by digest; the bytes hash to it. */
export async function readManifest(session: RepositorySession, digest: Digest): Promise<Manifest> {
  const action = `read manifest "${digest}" of "${session.name}"`;
  const question = manifestQuestion(digest, action);
  const response = await session.ask(question);
  if (response.status !== 200) throw session.refusal(question, response);
  if (!matchesDigest(response.body, digest)) throw digestMismatch(action, response, digest);
  return parseManifest(response.body, { contentType: contentType(response), digest, action });
}
