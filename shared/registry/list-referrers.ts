import type { Digest } from '../base/digest.ts';
import { type HttpResponse, contentType } from './http-message.ts';
import { nextLink } from './link-header.ts';
import { DEFAULT_MEDIA_TYPE } from './manifest-media-type.ts';
import { MAX_MANIFEST_BYTES } from './manifest-question.ts';
import { parseReferrers } from './parse-referrers.ts';
import { readBytesByTag } from './read-tag.ts';
import { RegistryError } from './registry-error.ts';
import type { Descriptor, Referrers } from './registry.ts';
import type { Question, RepositorySession } from './repository-session.ts';

/** Registries list 100 or so a page; whoever has more referrers than this is filling the list on purpose. */
const MAX_PAGES = 10;

/** As for {@link MAX_PAGES}, where pages are large. */
const MAX_REFERRERS = 2_000;

/**
 * Answers that mean "no referrers API here". A redirect stands for one to
 * another origin, as GHCR sends to a web page; credentials do not go along.
 */
const UNSUPPORTED_STATUSES: ReadonlySet<number> = new Set([
  301, 302, 303, 307, 308, 400, 404, 405, 406,
]);

/** Which hosts answered without a referrers API; only saves time, never an answer. */
export interface ReferrersSupport {
  lacksApi(): boolean;
  noteLacking(): void;
}

/**
 * Referrers API, then the fallback tag where there is no such API (distribution-spec, "Listing Referrers").
 * A host that is known to lack the API is asked for both at once, which saves a round trip.
 */
export async function listReferrers(
  session: RepositorySession,
  digest: Digest,
  support: ReferrersSupport,
): Promise<Referrers> {
  const early = support.lacksApi() ? askFallbackTag(session, digest) : undefined;
  // Its failure only matters, and is thrown below, where the API has no answer.
  early?.catch(() => undefined);
  const fromApi = await askApi(session, digest);
  if (fromApi !== undefined) return fromApi;
  support.noteLacking();
  return early ?? askFallbackTag(session, digest);
}

async function askApi(session: RepositorySession, digest: Digest): Promise<Referrers | undefined> {
  const question: Question = {
    method: 'GET',
    path: `referrers/${digest}`,
    accept: DEFAULT_MEDIA_TYPE.index,
    maxBytes: MAX_MANIFEST_BYTES,
    operation: 'referrers',
    action: `list referrers of "${session.name}@${digest}"`,
    toOtherOrigin: 'stop',
  };
  const first = await session.ask(question);
  if (UNSUPPORTED_STATUSES.has(first.status)) return undefined;
  if (first.status !== 200) throw session.refusal(question, first);
  const descriptors = readPage(first);
  if (descriptors === undefined) {
    if (contentType(first) === DEFAULT_MEDIA_TYPE.index)
      throw malformed(question, 'a list that cannot be read');
    return undefined;
  }
  const rest = await readFollowingPages(session, { question, first, found: descriptors.length });
  return toReferrers([...descriptors, ...rest], 'referrers-api');
}

async function readFollowingPages(
  session: RepositorySession,
  start: { question: Question; first: HttpResponse; found: number },
): Promise<readonly Descriptor[]> {
  const all: Descriptor[] = [];
  let page = start.first;
  for (let pages = 1; ; pages += 1) {
    const path = nextPage(start.question, page);
    if (path === undefined) return all;
    if (pages === MAX_PAGES || start.found + all.length > MAX_REFERRERS)
      throw new RegistryError(
        'TOO_LARGE',
        `Cannot ${start.question.action}: more than ${MAX_PAGES} pages or ${MAX_REFERRERS} entries, the limit`,
      );
    const question = { ...start.question, path };
    page = await session.ask(question);
    all.push(...readFollowingPage(session, question, page));
  }
}

/** In the middle of a list no status means "none": a missing page is a broken list. */
function readFollowingPage(
  session: RepositorySession,
  question: Question,
  page: HttpResponse,
): readonly Descriptor[] {
  if (UNSUPPORTED_STATUSES.has(page.status))
    throw malformed(question, `${page.status} for a page that its own link names`);
  if (page.status !== 200) throw session.refusal(question, page);
  const descriptors = readPage(page);
  if (descriptors === undefined) throw malformed(question, 'a page that cannot be read');
  return descriptors;
}

/** The link to the next page must stay where the credentials belong. */
function nextPage(question: Question, page: HttpResponse): string | undefined {
  const link = nextLink(page.headers.get('link'));
  if (link === undefined) return undefined;
  const url = URL.canParse(link, page.url.href) ? new URL(link, page.url) : undefined;
  if (url === undefined || url.origin !== page.url.origin)
    throw malformed(question, 'a link to a next page on another origin');
  return url.href;
}

async function askFallbackTag(session: RepositorySession, digest: Digest): Promise<Referrers> {
  const tag = digest.replace(':', '-');
  const found = await readBytesByTag(session, tag);
  if (found === undefined) return { descriptors: [], source: 'none' };
  const descriptors = readPage(found.response);
  if (descriptors === undefined)
    throw new RegistryError(
      'MALFORMED',
      `Cannot list referrers of "${session.name}@${digest}": tag "${tag}" is no index`,
    );
  return toReferrers(descriptors, 'fallback-tag');
}

function readPage(response: HttpResponse): readonly Descriptor[] | undefined {
  return parseReferrers(response.body, contentType(response));
}

function toReferrers(
  descriptors: readonly Descriptor[],
  source: 'referrers-api' | 'fallback-tag',
): Referrers {
  return { descriptors, source: descriptors.length === 0 ? 'none' : source };
}

function malformed(question: Question, what: string): RegistryError {
  return new RegistryError(
    'MALFORMED',
    `Cannot ${question.action}: the registry answered with ${what}`,
  );
}
