import { hasWildcard } from '../base/wildcard.ts';
import { imagePatternMatches } from './image-pattern.ts';
import { IMAGE_NAMES, NAMES_IN_REGISTRY, REGISTRY_HOSTS } from './pattern-language.ts';
import { ImageReferenceError, parseReference } from './reference.ts';
import { DEFAULT_REGISTRY, looksLikeHost } from './registry-host.ts';

/**
 * Why an `imageReferences` pattern matches no image at all, or not those of Docker Hub that it seems to
 * name, and how to write it. Undefined for other patterns: none that can match is called dead.
 */
export function patternProblem(pattern: string): string | undefined {
  if (!matchesSome(pattern)) return deadBecause(pattern, matchesSome);
  return seemsToNameDockerHub(pattern)
    ? `matches only images of registries whose host begins like that; for those of Docker Hub write ${JSON.stringify(withRegistry(pattern))}`
    : undefined;
}

/** Why a pattern that takes images out of a check takes none out; its host is matched by itself. */
export function skipPatternProblem(pattern: string): string | undefined {
  return skipsSome(pattern) ? undefined : deadBecause(pattern, skipsSome);
}

function matchesSome(pattern: string): boolean {
  if (!IMAGE_NAMES.meets(pattern)) return false;
  if (hasWildcard(pattern)) return true;
  try {
    return imagePatternMatches(pattern, parseReference(pattern));
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    return false;
  }
}

function skipsSome(pattern: string): boolean {
  if (/^\*+$/.test(pattern)) return true;
  const slash = pattern.indexOf('/');
  return (
    slash >= 0 &&
    REGISTRY_HOSTS.meets(pattern.slice(0, slash)) &&
    NAMES_IN_REGISTRY.meets(pattern.slice(slash + 1)) &&
    (hasWildcard(pattern) || matchesSome(pattern))
  );
}

/** `nginx:*`: without a `/` it is the beginning of a host, here one with a port. */
function seemsToNameDockerHub(pattern: string): boolean {
  return /^[a-z0-9]/.test(pattern) && !pattern.includes('/') && !beginsLikeHost(pattern);
}

/** Whether a pattern without a `/` may well be meant for registries. */
function beginsLikeHost(pattern: string): boolean {
  const [start = ''] = pattern.split(/[*?]/, 1);
  return (
    start.includes('.') ||
    start.startsWith('localhost') ||
    [DEFAULT_REGISTRY, 'localhost'].some((host) => host.startsWith(start))
  );
}

type Judge = (pattern: string) => boolean;

function deadBecause(pattern: string, isAlive: Judge): string {
  const why =
    'matches no image: names are compared as "registry/path:tag", or "registry/path@digest" where there is a digest';
  const repaired = repair(pattern, isAlive);
  if (repaired !== undefined) return `${why}; write ${repaired}`;
  return FOREIGN_SYNTAX.test(pattern)
    ? `${why}; only "*" and "?" are wildcards, and each pattern is listed by itself`
    : `${why}; write it like "ghcr.io/acme/*"`;
}

/** What regular expressions, shells and lists are written with. */
const FOREIGN_SYNTAX = /[\^$(){}|,;\\+]|\.\*/;

/** A registry alone. */
const LONE_HOST = /^[\w-]+(?:\.[\w-]+)+(?::\d+)?\/?$/;

/** What people forget, from the left to the right. */
const REPAIRS: readonly ((pattern: string) => string)[] = [
  (pattern) => pattern.trim(),
  (pattern) => pattern.replace(/^[a-zA-Z][\w+.-]*:\/\//, ''),
  (pattern) => (LONE_HOST.test(pattern) ? `${pattern.replace(/\/$/, '')}/*` : pattern),
  withRegistry,
  (pattern) => pattern.replace(/\/[^:@]*/, (path) => path.toLowerCase()),
  (pattern) => pattern.replace(/:[^/:@]*@/, '@'),
  (pattern) => (pattern.endsWith('/') ? `${pattern}*` : pattern),
];

/** One repair after the other until the pattern matches; undefined where nobody knows what was meant. */
function repair(pattern: string, isAlive: Judge): string | undefined {
  if (pattern.trim() === '') return undefined;
  let repaired = pattern;
  for (const change of REPAIRS) {
    repaired = change(repaired);
    if (isAlive(repaired)) return JSON.stringify(repaired);
  }
  const both = [`${repaired}:*`, `${repaired}@*`];
  return both.every(isAlive) ? both.map((one) => JSON.stringify(one)).join(' and ') : undefined;
}

function withRegistry(pattern: string): string {
  const slash = pattern.indexOf('/');
  if (slash < 0 && hasWildcard(pattern) && beginsLikeHost(pattern)) return pattern;
  const host = pattern.slice(0, Math.max(slash, 0));
  return looksLikeHost(host) || hasWildcard(host) ? pattern : `${DEFAULT_REGISTRY}/${pattern}`;
}
