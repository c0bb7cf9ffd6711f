import { randomUUID } from 'node:crypto';
import type { Digest } from '#shared/base/digest.ts';
import { sha256Digest, tryParseDigest } from '#shared/base/digest.ts';
import { type Answer, emptyAnswer, errorAnswer, jsonAnswer } from './answer.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { type RegistryStore, subjectOf } from './registry-store.ts';

/** Settings that tests switch while the registry runs. */
export interface RegistryBehaviour {
  /** Whether the referrers API is there (distribution-spec 1.1). */
  referrersApi: boolean;
  /** Entries a page of referrers or tags; all on one page by default. */
  pageSize: number;
}

const INDEX = 'application/vnd.oci.image.index.v1+json';

/** Answers the requests of distribution-spec 1.1 from a store. */
export class RegistryHandler {
  readonly #store: RegistryStore;
  readonly #behaviour: RegistryBehaviour;
  readonly #uploads = new Map<string, Buffer[]>();

  constructor(store: RegistryStore, behaviour: RegistryBehaviour) {
    this.#store = store;
    this.#behaviour = behaviour;
  }

  answer(request: RecordedRequest): Answer {
    switch (request.kind) {
      case 'ping':
        return jsonAnswer(200, {}, { 'docker-distribution-api-version': 'registry/2.0' });
      case 'manifest':
        return this.#manifest(request);
      case 'blob':
        return this.#blob(request);
      case 'upload':
        return this.#upload(request);
      case 'referrers':
        return this.#referrers(request);
      case 'tags':
        return this.#tags(request);
      case 'token':
      case 'unknown':
        return errorAnswer(404, 'UNSUPPORTED');
    }
  }

  #manifest(request: RecordedRequest): Answer {
    if (request.method === 'PUT') return this.#putManifest(request);
    const { repository, reference } = request;
    if (request.method === 'DELETE')
      return this.#store.delete(repository, reference)
        ? emptyAnswer(202)
        : errorAnswer(404, 'MANIFEST_UNKNOWN');
    const stored = this.#store.manifest(repository, reference);
    if (stored === undefined) return this.#unknown(repository, 'MANIFEST_UNKNOWN');
    const headers = { 'content-type': stored.mediaType, 'docker-content-digest': stored.digest };
    return { status: 200, headers, body: stored.bytes };
  }

  #putManifest({ repository, reference, body, headers }: RecordedRequest): Answer {
    const digest = tryParseDigest(reference);
    if (digest !== undefined && sha256Digest(body) !== digest)
      return errorAnswer(400, 'DIGEST_INVALID');
    const stored = this.#store.putManifest(repository, body, headers['content-type'] ?? '');
    if (digest === undefined) this.#store.tag(repository, reference, stored.digest);
    const subject = this.#behaviour.referrersApi ? subjectOf(body) : undefined;
    return emptyAnswer(201, {
      location: `/v2/${repository}/manifests/${stored.digest}`,
      'docker-content-digest': stored.digest,
      ...(subject === undefined ? {} : { 'oci-subject': subject }),
    });
  }

  #blob({ repository, reference }: RecordedRequest): Answer {
    const bytes = this.#store.blob(repository, reference);
    if (bytes === undefined) return this.#unknown(repository, 'BLOB_UNKNOWN');
    const headers = {
      'content-type': 'application/octet-stream',
      'docker-content-digest': reference,
    };
    return { status: 200, headers, body: bytes };
  }

  /** POST opens (or mounts, or takes all at once), PATCH appends, PUT closes. */
  #upload(request: RecordedRequest): Answer {
    const { method, repository, reference, url, body } = request;
    const digest = tryParseDigest(url.searchParams.get('digest') ?? '');
    if (method === 'POST') return this.#openUpload(request, digest);
    const chunks = this.#uploads.get(reference);
    if (chunks === undefined) return errorAnswer(404, 'BLOB_UPLOAD_UNKNOWN');
    chunks.push(body);
    if (method === 'PATCH') return uploading(repository, reference, chunks);
    if (method !== 'PUT' || digest === undefined) return errorAnswer(400, 'DIGEST_INVALID');
    this.#uploads.delete(reference);
    return this.#finishUpload(repository, Buffer.concat(chunks), digest);
  }

  #openUpload({ repository, url, body }: RecordedRequest, digest: Digest | undefined): Answer {
    if (digest !== undefined) return this.#finishUpload(repository, body, digest);
    const from = url.searchParams.get('from') ?? '';
    const mounted = this.#store.blob(from, url.searchParams.get('mount') ?? '');
    if (mounted !== undefined)
      return this.#finishUpload(repository, mounted, sha256Digest(mounted));
    const id = randomUUID();
    this.#uploads.set(id, []);
    return uploading(repository, id, []);
  }

  #finishUpload(repository: string, bytes: Buffer, digest: Digest): Answer {
    if (sha256Digest(bytes) !== digest) return errorAnswer(400, 'DIGEST_INVALID');
    this.#store.putBlob(repository, bytes);
    return emptyAnswer(201, {
      location: `/v2/${repository}/blobs/${digest}`,
      'docker-content-digest': digest,
    });
  }

  #referrers({ repository, reference, url }: RecordedRequest): Answer {
    if (!this.#behaviour.referrersApi) return emptyAnswer(404);
    const type = url.searchParams.get('artifactType');
    const all = this.#store
      .referrers(repository, reference)
      .filter(({ artifactType }) => type === null || artifactType === type);
    const { page, headers } = this.#page(url, all);
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: page };
    const filtered = type === null ? {} : { 'oci-filters-applied': 'artifactType' };
    return jsonAnswer(200, index, { 'content-type': INDEX, ...headers, ...filtered });
  }

  #tags({ repository, url }: RecordedRequest): Answer {
    if (!this.#store.has(repository)) return errorAnswer(404, 'NAME_UNKNOWN');
    const { page, headers } = this.#page(url, this.#store.tags(repository));
    return jsonAnswer(200, { name: repository, tags: page }, headers);
  }

  #page<Item>(
    url: URL,
    all: readonly Item[],
  ): { page: readonly Item[]; headers: Record<string, string> } {
    const start = Number(url.searchParams.get('from') ?? 0);
    const end = start + this.#behaviour.pageSize;
    const next = new URL(url);
    next.searchParams.set('from', String(end));
    const link = `<${next.pathname}${next.search}>; rel="next"`;
    return { page: all.slice(start, end), headers: end < all.length ? { link } : {} };
  }

  #unknown(repository: string, code: string): Answer {
    return errorAnswer(404, this.#store.has(repository) ? code : 'NAME_UNKNOWN');
  }
}

function uploading(repository: string, id: string, chunks: readonly Buffer[]): Answer {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return emptyAnswer(202, {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    'docker-upload-uuid': id,
    range: `0-${Math.max(size - 1, 0)}`,
  });
}
