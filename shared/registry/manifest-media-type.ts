/** Media types of manifests that are read: OCI image-spec 1.1, Docker image manifest v2 schema 2. */
const KINDS: ReadonlyMap<string, 'image' | 'index'> = new Map([
  ['application/vnd.oci.image.manifest.v1+json', 'image'],
  ['application/vnd.oci.image.index.v1+json', 'index'],
  ['application/vnd.docker.distribution.manifest.v2+json', 'image'],
  ['application/vnd.docker.distribution.manifest.list.v2+json', 'index'],
]);

/** Docker's first schema: its digest is not that of its bytes. */
const SCHEMA_1: ReadonlySet<string> = new Set([
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
]);

/** What bodies without a `mediaType` are (OCI image-spec, "mediaType" is a SHOULD). */
export const DEFAULT_MEDIA_TYPE: Readonly<Record<'image' | 'index', string>> = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
};

/** The `Accept` for manifests. */
export const MANIFEST_ACCEPT: string = [...KINDS.keys()].join(', ');

/** What a media type holds, or undefined if it is none of a manifest that is read here. */
export function manifestKind(mediaType: string): 'image' | 'index' | undefined {
  return KINDS.get(mediaType);
}

export function isSchema1(mediaType: string): boolean {
  return SCHEMA_1.has(mediaType);
}
