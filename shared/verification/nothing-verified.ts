import type { Digest } from '../base/digest.ts';
import type { ImageReference } from '../image/reference.ts';
import type { Verdict } from './verdict.ts';

/** What an entry says that asks nobody: by itself it proves nothing of an image (MUST-NOT-HAPPEN 5). */
export function nothingVerified({ written }: ImageReference, digest: Digest | undefined): Verdict {
  return {
    kind: 'skip',
    message: `no attestors are configured for ${written}: nothing was verified`,
    digest,
  };
}
