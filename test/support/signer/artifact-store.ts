import type { Digest } from '#shared/base/digest.ts';

/** Where signatures are put: the part of a registry that a signer needs. */
export interface ArtifactStore {
  putBlob(repository: string, bytes: Buffer): Digest;
  putManifest(
    repository: string,
    tag: string | undefined,
    manifest: { readonly bytes: Buffer; readonly mediaType: string },
  ): Digest;
}

/** What is signed: the descriptor of a manifest in a repository of the store. */
export interface SignedSubject {
  /** Registry host as signatures name it, `127.0.0.1:5000`. */
  readonly host: string;
  /** Repository path inside the store. */
  readonly repository: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json';
