export const DEFAULT_REGISTRY = 'docker.io';

/** Docker Hub answers under these names too; a policy for one of them is meant for all (MUST-NOT-HAPPEN 12). */
const DOCKER_HUB_ALIASES: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);

/** Folds Docker Hub's host names into `docker.io`, in lower case. */
export function canonicalRegistry(host: string): string {
  const lower = lowerCaseHost(host);
  return DOCKER_HUB_ALIASES.has(lower) ? DEFAULT_REGISTRY : lower;
}

/**
 * The host in lower case (hosts are case-insensitive). A name that only its capitals make a host stays as it
 * is: in lower case it would be a path of Docker Hub.
 */
export function lowerCaseHost(host: string): string {
  const lower = host.toLowerCase();
  return looksLikeHost(lower) ? lower : host;
}

/** What makes the first component of a name a registry host: a dot, a colon, `localhost`, or a capital. */
export function looksLikeHost(component: string): boolean {
  return (
    /[.:]/.test(component) || component === 'localhost' || component !== component.toLowerCase()
  );
}
