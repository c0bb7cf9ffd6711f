export const DEFAULT_REGISTRY = 'docker.io';

/** Docker Hub answers under these names too; a policy for one of them is meant for all (MUST-NOT-HAPPEN 12). */
const DOCKER_HUB_ALIASES: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);

/** Folds Docker Hub's host names into `docker.io`, and lower-cases the host (hosts are case-insensitive). */
export function canonicalRegistry(host: string): string {
  const lower = host.toLowerCase();
  return DOCKER_HUB_ALIASES.has(lower) ? DEFAULT_REGISTRY : lower;
}
