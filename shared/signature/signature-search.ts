import type { Digest } from '../base/digest.ts';
import type { Repository } from '../image/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** What to look for, and where. */
export interface SignatureSearch {
  readonly registry: Registry;
  /** Where signatures are stored: the image's own repository unless the policy names another. */
  readonly repository: Repository;
  /** The image's own repository, which payloads name. */
  readonly imageRepository: Repository;
  readonly digest: Digest;
}
