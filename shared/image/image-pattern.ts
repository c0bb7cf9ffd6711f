import { hasWildcard, hostBoundedWildcardMatches, wildcardMatches } from '../base/wildcard.ts';
import { patternSubject } from './format-reference.ts';
import type { ImageReference } from './reference.ts';
import { canonicalRegistry } from './registry-host.ts';

/**
 * Whether an `imageReferences` pattern of a policy selects the image. As in Kyverno, `*` crosses `/`, `:`
 * and `@`. Where the author of the Pod wrote another name of Docker Hub, the pattern may name either: for
 * a pattern that selects what must be verified, the wider reading is the stricter one.
 */
export function imagePatternMatches(pattern: string, reference: ImageReference): boolean {
  const folded = foldHost(pattern);
  return subjects(reference).some(
    (subject) => wildcardMatches(folded, subject) || wildcardMatches(pattern, subject),
  );
}

/**
 * Whether a pattern that takes images *out* of a check selects the image: the part before the pattern's
 * first `/` matches the registry host only (MUST-NOT-HAPPEN 12), except in the lone pattern `*`.
 */
export function skipPatternMatches(pattern: string, reference: ImageReference): boolean {
  return hostBoundedWildcardMatches(foldHost(pattern), patternSubject(reference));
}

/** The literal host of a pattern, folded like the host of a reference; a wildcard host stays as it is. */
function foldHost(pattern: string): string {
  const slash = pattern.indexOf('/');
  if (slash < 0) return pattern;
  const host = pattern.slice(0, slash);
  return hasWildcard(host) ? pattern : canonicalRegistry(host) + pattern.slice(slash);
}

/** What a pattern sees (Kyverno 1.19), also under the host as it was written. */
function subjects(reference: ImageReference): readonly string[] {
  const canonical = patternSubject(reference);
  const slash = reference.written.indexOf('/');
  const host = reference.written.slice(0, Math.max(slash, 0));
  return slash > 0 && host !== reference.registry && canonicalRegistry(host) === reference.registry
    ? [canonical, host + canonical.slice(reference.registry.length)]
    : [canonical];
}
