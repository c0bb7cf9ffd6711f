import { type Digest, matchesDigest, sha256Digest, tryParseDigest } from '../base/digest.ts';
import { type HttpResponse, contentType } from './http-message.ts';
import { digestMismatch, manifestQuestion } from './manifest-question.ts';
import { parseManifest } from './parse-manifest.ts';
import type { Manifest } from './registry.ts';
import type { Question, RepositorySession } from './repository-session.ts';

/** The bytes behind a tag, and the digest they hash to. */
export interface TaggedBytes {
  readonly response: HttpResponse;
  readonly digest: Digest;
}

/** A manifest by tag, or undefined if there is no such tag. */
export async function readManifestByTag(
  session: RepositorySession,
  tag: string,
): Promise<Manifest | undefined> {
  const question = tagQuestion(session, tag);
  const found = await readIfThere(session, question);
  return found === undefined ? undefined : parseTagged(question, found);
}

/** The bytes behind a tag, or undefined if there is no such tag. */
export async function readBytesByTag(
  session: RepositorySession,
  tag: string,
): Promise<TaggedBytes | undefined> {
  return readIfThere(session, tagQuestion(session, tag));
}

/** Asks for the bytes behind a tag; their digest is that of the header, if that is true, else SHA-256. */
export async function askTagged(
  session: RepositorySession,
  question: Question,
): Promise<TaggedBytes> {
  return checked(session, question, await session.ask(question));
}

/** The manifest that the bytes hold. */
export function parseTagged(question: Question, { response, digest }: TaggedBytes): Manifest {
  const source = { contentType: contentType(response), digest, action: question.action };
  return parseManifest(response.body, source);
}

function tagQuestion(session: RepositorySession, tag: string): Question {
  return manifestQuestion(tag, `read tag "${tag}" of "${session.name}"`);
}

async function readIfThere(
  session: RepositorySession,
  question: Question,
): Promise<TaggedBytes | undefined> {
  const response = await session.ask(question);
  return response.status === 404 ? undefined : checked(session, question, response);
}

function checked(
  session: RepositorySession,
  question: Question,
  response: HttpResponse,
): TaggedBytes {
  if (response.status !== 200) throw session.refusal(question, response);
  const said = tryParseDigest(response.headers.get('docker-content-digest') ?? '');
  if (said !== undefined && !matchesDigest(response.body, said))
    throw digestMismatch(question.action, response, said);
  return { response, digest: said ?? sha256Digest(response.body) };
}
