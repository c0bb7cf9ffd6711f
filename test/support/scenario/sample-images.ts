import { putImage } from '../registry/image.ts';
import type { TestRegistry } from '../registry/test-registry.ts';
import type { SignedSubject } from '../signer/artifact-store.ts';
import { subjectOf } from '../signer/signed-image.ts';

/** An image of a scenario under all the names that policies and Pods know it by. */
export interface SampleImage extends SignedSubject {
  /** `127.0.0.1:PORT/repository` */
  readonly name: string;
  readonly reference: string;
  /** As a patch writes it. */
  readonly pinned: string;
  /** As proofs name it, without the tag. */
  readonly byDigest: string;
}

/** What is put beside an image: signatures, attestations. */
export type Attach = (registry: TestRegistry, subject: SignedSubject) => unknown;

/** Puts a new image into the registry, `acme/app:1` for example, with what is to be attached. */
export function putSample(
  registry: TestRegistry,
  name: string,
  ...attached: readonly Attach[]
): SampleImage {
  const [repository = '', tag = 'latest'] = name.split(':');
  const subject = subjectOf(registry, repository, putImage(registry, repository, { tag }));
  for (const attach of attached) attach(registry, subject);
  const place = `${registry.host}/${repository}`;
  return {
    ...subject,
    name: place,
    reference: `${place}:${tag}`,
    pinned: `${place}:${tag}@${subject.digest}`,
    byDigest: `${place}@${subject.digest}`,
  };
}
