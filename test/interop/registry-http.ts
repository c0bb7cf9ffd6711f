import { createHash } from 'node:crypto';

/** Bytes as a registry holds them; the digest is `sha256:…` over exactly these. */
export interface Content {
  readonly digest: string;
  readonly mediaType: string;
  readonly text: string;
}

/** `host/path` without a tag, on a registry that speaks plain HTTP. */
export interface Place {
  readonly host: string;
  readonly path: string;
}

export function contentOf(mediaType: string, text: string): Content {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return { digest, mediaType, text };
}

/** One POST and one PUT, as the distribution specification's monolithic upload. */
export async function pushBlob(place: Place, content: Content): Promise<void> {
  const start = await request(place, 'blobs/uploads/', { method: 'POST' });
  const location = new URL(start.headers.get('location') ?? '', `http://${place.host}`);
  location.searchParams.set('digest', content.digest);
  const response = await fetch(location, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: content.text,
  });
  await expectSuccess(response, location.pathname);
}

export async function pushManifest(place: Place, content: Content, tag?: string): Promise<void> {
  await request(place, `manifests/${tag ?? content.digest}`, {
    method: 'PUT',
    headers: { 'content-type': content.mediaType },
    body: content.text,
  });
}

/** A manifest by tag or digest; undefined where there is none. */
export async function pullManifest(place: Place, reference: string): Promise<Content | undefined> {
  const response = await fetch(`http://${place.host}/v2/${place.path}/manifests/${reference}`);
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  await expectSuccess(response, reference);
  return contentOf(response.headers.get('content-type') ?? '', await response.text());
}

export async function pullBlob(
  place: Place,
  descriptor: { readonly digest: string; readonly mediaType: string },
): Promise<Content> {
  const response = await request(place, `blobs/${descriptor.digest}`, { method: 'GET' });
  return contentOf(descriptor.mediaType, await response.text());
}

async function request(place: Place, path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(`http://${place.host}/v2/${place.path}/${path}`, init);
  await expectSuccess(response, path);
  return response;
}

async function expectSuccess(response: Response, what: string): Promise<void> {
  if (!response.ok) {
    throw new Error(
      `Cannot use the registry for ${what}: ${response.status} ${await response.text()}`,
    );
  }
}
