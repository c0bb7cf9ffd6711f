import { KubeError } from './kube-error.ts';

/** What makes another path of a text on its way: controls, a fragment, backslashes, a host in front. */
const FOREIGN = /^(?!\/)|^\/\/|[\p{Cc}#\\]/u;

/** Segments that climb, and slashes that only the server would see. */
const HIDDEN = /\/(?:\.|%2e){1,2}(?:\/|$)|%2f|%5c/i;

/**
 * Refuses what is no plain path of the API server: it would be sent with our credentials.
 * @throws {KubeError} INVALID
 */
export function checkPath(path: string, action: string): void {
  const [pathname = ''] = path.split('?', 1);
  if (!FOREIGN.test(path) && !HIDDEN.test(pathname)) return;
  throw new KubeError(
    'INVALID',
    `Cannot ${action}: expected a path like "/api/v1/namespaces", without dots for segments, escaped slashes, "#" and "\\"`,
  );
}
