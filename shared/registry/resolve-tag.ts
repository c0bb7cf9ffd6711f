import { tryParseDigest } from '../base/digest.ts';
import { type HttpResponse, contentType } from './http-message.ts';
import { manifestKind } from './manifest-media-type.ts';
import { manifestQuestion } from './manifest-question.ts';
import { askTagged, parseTagged } from './read-tag.ts';
import type { Descriptor } from './registry.ts';
import type { Question, RepositorySession } from './repository-session.ts';

/** Answers to HEAD that say more about HEAD than about the tag; GET is asked then. */
const UNSURE_HEAD_STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 406, 415]);

/**
 * The digest behind a tag: one HEAD, and a GET where that does not tell. A HEAD's digest is the registry's
 * word only; it is bound by the signed payload, or by reading the manifest by that digest.
 */
export async function resolveTag(session: RepositorySession, tag: string): Promise<Descriptor> {
  const action = `resolve tag "${tag}" of "${session.name}"`;
  const question = manifestQuestion(tag, action);
  const head: Question = { ...question, method: 'HEAD', operation: 'resolve-tag' };
  const response = await session.ask(head);
  const descriptor = response.status === 200 ? descriptorOfHead(response) : undefined;
  if (descriptor !== undefined) return descriptor;
  if (response.status !== 200 && !UNSURE_HEAD_STATUSES.has(response.status))
    throw session.refusal(head, response);
  const get: Question = { ...question, operation: 'resolve-tag' };
  const tagged = await askTagged(session, get);
  const { mediaType, digest } = parseTagged(get, tagged);
  return { mediaType, digest, size: tagged.response.body.length };
}

function descriptorOfHead(response: HttpResponse): Descriptor | undefined {
  const digest = tryParseDigest(response.headers.get('docker-content-digest') ?? '');
  const mediaType = contentType(response) ?? '';
  const length = response.headers.get('content-length') ?? '';
  const isTelling = manifestKind(mediaType) !== undefined && /^\d{1,10}$/.test(length);
  return digest === undefined || !isTelling
    ? undefined
    : { mediaType, digest, size: Number(length) };
}
