import type { Digest } from '../base/digest.ts';
import type { HttpResponse } from './http-message.ts';
import { RegistryError } from './registry-error.ts';
import type { Question, RepositorySession } from './repository-session.ts';

/** Answers to uploads have no body worth reading. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Stores a blob by one POST and one PUT (distribution-spec "POST then PUT"), unless it is there. */
export async function putBlob(
  session: RepositorySession,
  digest: Digest,
  bytes: Buffer,
): Promise<void> {
  const common = {
    maxBytes: MAX_ANSWER_BYTES,
    operation: 'push',
    action: `store blob "${digest}" in "${session.name}"`,
    toOtherOrigin: 'stop',
  } as const;
  const existing = await session.ask({
    ...common,
    method: 'HEAD',
    path: `blobs/${digest}`,
    toOtherOrigin: 'follow',
  });
  if (existing.status === 200) return;
  const open: Question = {
    ...common,
    method: 'POST',
    path: 'blobs/uploads/',
    content: { bytes: Buffer.alloc(0), mediaType: 'application/octet-stream' },
  };
  const opened = await session.ask(open);
  if (opened.status !== 202) throw session.refusal(open, opened);
  const put: Question = {
    ...common,
    method: 'PUT',
    path: uploadUrl(open, opened, digest),
    content: { bytes, mediaType: 'application/octet-stream' },
  };
  const stored = await session.ask(put);
  if (stored.status !== 201) throw session.refusal(put, stored);
}

/** Where the registry wants the bytes; credentials go along, so it must be the same origin (MUST-NOT-HAPPEN 16). */
function uploadUrl(question: Question, { headers, url }: HttpResponse, digest: Digest): string {
  const location = headers.get('location') ?? '';
  const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  if (location === '' || target?.origin !== url.origin)
    throw new RegistryError(
      'MALFORMED',
      `Cannot ${question.action}: registry "${url.host}" names no place of its own to upload to`,
    );
  const separator = target.search === '' ? '?' : '&';
  return `${target.href}${separator}digest=${encodeURIComponent(digest)}`;
}
