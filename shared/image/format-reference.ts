import type { Digest } from '../base/digest.ts';
import { type ImageReference, type Repository, withWrittenHost } from './reference.ts';

/** `registry/path` as policies and patches write it. */
export function repositoryName(repository: Repository): string {
  return `${repository.registry}/${repository.path}`;
}

/** The full reference: tag and digest both kept where both are known. */
export function formatReference(reference: Omit<ImageReference, 'written'>): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${repositoryName(reference)}${tag}${digest}`;
}

/**
 * The string that a Kyverno image pattern is matched against: `registry/path@digest` where there is a
 * digest (the tag is dropped), else `registry/path:tag`. No `library/` is inserted.
 */
export function patternSubject(reference: Omit<ImageReference, 'written'>): string {
  return formatReference(
    reference.digest === undefined ? reference : { ...reference, tag: undefined },
  );
}

/** The reference pinned to `digest`, tag kept; `written` is the value a patch writes, with its author's host. */
export function withDigest(reference: ImageReference, digest: Digest): ImageReference {
  const pinned = { ...reference, digest };
  return { ...pinned, written: formatReference(withWrittenHost(pinned)) };
}
