import { type Digest, sha256Digest } from '../base/digest.ts';
import type { HttpResponse } from './http-message.ts';
import { MANIFEST_ACCEPT } from './manifest-media-type.ts';
import { RegistryError } from './registry-error.ts';
import type { Question } from './repository-session.ts';

/** distribution-spec 1.1, "Pushing Manifests": registries should take 4 MiB, so there are none larger. */
export const MAX_MANIFEST_BYTES: number = 4 * 1024 * 1024;

/** Asks for a manifest by tag or digest. */
export function manifestQuestion(reference: string, action: string): Question {
  return {
    method: 'GET',
    path: `manifests/${reference}`,
    accept: MANIFEST_ACCEPT,
    maxBytes: MAX_MANIFEST_BYTES,
    operation: 'manifest',
    action,
  };
}

/** The bytes of a manifest are not those of its digest. */
export function digestMismatch(
  action: string,
  response: HttpResponse,
  wanted: Digest,
): RegistryError {
  return new RegistryError(
    'DIGEST_MISMATCH',
    `Cannot ${action}: registry "${response.url.host}" sent bytes with digest "${sha256Digest(response.body)}", wanted "${wanted}"`,
  );
}
