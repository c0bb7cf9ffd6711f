/** What a request is about. */
export interface Route {
  readonly kind:
    'ping' | 'manifest' | 'blob' | 'upload' | 'referrers' | 'tags' | 'token' | 'unknown';
  readonly repository: string;
  /** Tag, digest or upload id; empty where there is none. */
  readonly reference: string;
}

const PATTERNS: readonly (readonly [Route['kind'], RegExp])[] = [
  ['ping', /^\/v2\/?$/],
  ['token', /^\/token$/],
  ['upload', /^\/v2\/(?<repository>.+)\/blobs\/uploads\/(?<reference>[^/]*)$/],
  ['blob', /^\/v2\/(?<repository>.+)\/blobs\/(?<reference>[^/]+)$/],
  ['manifest', /^\/v2\/(?<repository>.+)\/manifests\/(?<reference>[^/]+)$/],
  ['referrers', /^\/v2\/(?<repository>.+)\/referrers\/(?<reference>[^/]+)$/],
  ['tags', /^\/v2\/(?<repository>.+)\/tags\/list$/],
];

export function routeOf(pathname: string): Route {
  for (const [kind, pattern] of PATTERNS) {
    const match = pattern.exec(pathname);
    if (match === null) continue;
    const groups = match.groups ?? {};
    return {
      kind,
      repository: groups['repository'] ?? '',
      reference: decodeURIComponent(groups['reference'] ?? ''),
    };
  }
  return { kind: 'unknown', repository: '', reference: '' };
}
