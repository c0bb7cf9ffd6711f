import type { Descriptor } from '#shared/registry/registry.ts';
import { putImage } from '#test/support/registry/image.ts';
import type { TestRegistry } from '#test/support/registry/test-registry.ts';
import type { SignedSubject } from './artifact-store.ts';
import type { SignerKey } from './key-pair.ts';
import { signBundle } from './sign-bundle.ts';
import { signSimple } from './sign-simple.ts';

export type SignatureFormat = 'simple' | 'bundle' | 'none';

/** An image in a test registry, as pods and signers name it. */
export interface TestImage extends SignedSubject {
  /** `127.0.0.1:PORT/repository:tag` */
  readonly reference: string;
  /** The reference with its digest, as a patch writes it. */
  readonly pinned: string;
}

/** What a signer needs to know of a manifest in a registry. */
export function subjectOf(
  registry: TestRegistry,
  repository: string,
  { digest, mediaType, size }: Descriptor,
): SignedSubject {
  return { host: registry.host, repository, digest, mediaType, size };
}

/** Puts an image with a tag into the registry and signs it in one format. */
export function putSignedImage(
  registry: TestRegistry,
  name: string,
  { key, format = 'simple' }: { readonly key: SignerKey; readonly format?: SignatureFormat },
): TestImage {
  const [repository = '', tag = 'latest'] = name.split(':');
  const subject = subjectOf(registry, repository, putImage(registry, repository, { tag }));
  if (format === 'simple') signSimple(registry, subject, key);
  if (format === 'bundle') signBundle(registry, subject, key);
  const reference = `${registry.host}/${repository}:${tag}`;
  return { ...subject, reference, pinned: `${reference}@${subject.digest}` };
}
