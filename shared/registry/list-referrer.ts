import type { Digest } from '../base/digest.ts';
import { type JsonObject, type JsonValue, isJsonObject, stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { listReferrers } from './list-referrers.ts';
import { DEFAULT_MEDIA_TYPE } from './manifest-media-type.ts';
import { putManifest } from './put-manifest.ts';
import { readBytesByTag } from './read-tag.ts';
import { RegistryError } from './registry-error.ts';
import type { Descriptor } from './registry.ts';
import type { RepositorySession } from './repository-session.ts';

/** Asks the referrers API whatever was known before. */
const ASK_API = { lacksApi: () => false, noteLacking: () => undefined };

/**
 * Adds a referrer to the index under the fallback tag, unless the registry lists it by now: some do without
 * saying so (distribution-spec "Referrers Tag Schema"). Two writers at the same moment can lose one of both
 * entries: the scheme has no lock, so the index is read again afterwards.
 */
export async function listReferrer(
  session: RepositorySession,
  subject: Digest,
  referrer: Descriptor,
): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { descriptors } = await listReferrers(session, subject, ASK_API);
    if (descriptors.some(({ digest }) => digest === referrer.digest)) return;
    await addToIndex(session, subject, referrer);
  }
}

/** Writing, then looking, then once more for the case that somebody wrote in between. */
const MAX_TRIES = 3;

async function addToIndex(
  session: RepositorySession,
  subject: Digest,
  referrer: Descriptor,
): Promise<void> {
  const tag = subject.replace(':', '-');
  const found = await readBytesByTag(session, tag);
  const index = found === undefined ? newIndex() : readIndex(session, tag, found.response.body);
  const manifests = Array.isArray(index['manifests'])
    ? (index['manifests'] as readonly JsonValue[])
    : [];
  const others = manifests.filter((entry) => stringAt(entry, 'digest') !== referrer.digest);
  const bytes = Buffer.from(JSON.stringify({ ...index, manifests: [...others, referrer] }));
  await putManifest(session, tag, { mediaType: DEFAULT_MEDIA_TYPE.index, bytes });
}

function newIndex(): JsonObject {
  return { schemaVersion: 2, mediaType: DEFAULT_MEDIA_TYPE.index, manifests: [] };
}

/** Something else under the tag is left alone: it would be lost. */
function readIndex(session: RepositorySession, tag: string, body: Buffer): JsonObject {
  const value = parse(body);
  if (isJsonObject(value) && stringAt(value, 'mediaType') === DEFAULT_MEDIA_TYPE.index)
    return value;
  throw new RegistryError(
    'MALFORMED',
    `Cannot list a signature under tag "${tag}" of "${session.name}": the tag holds no index`,
  );
}

function parse(body: Buffer): JsonValue | undefined {
  try {
    return parseStrictJson(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
