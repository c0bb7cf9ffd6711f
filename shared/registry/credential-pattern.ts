import { hasWildcard, wildcardMatches } from '../base/wildcard.ts';
import { canonicalRegistry } from '../image/registry-host.ts';

/** What an entry of a credentials file is for: a host, perhaps with wildcards, and a path below it. */
export interface CredentialPattern {
  /** Labels of the host name, each perhaps with wildcards. */
  readonly labels: readonly string[];
  readonly port: string;
  /** `''`, or a path without slashes at its ends. */
  readonly path: string;
}

/**
 * Reads the key of an `auths` entry as kubelet does (k8s.io/kubernetes/pkg/credentialprovider/keyring.go):
 * the scheme and the API versions of old keys (`https://index.docker.io/v1/`) are dropped.
 */
export function parseCredentialPattern(key: string): CredentialPattern {
  const bare = key.trim().replace(/^https?:\/\//i, '');
  const slash = bare.indexOf('/');
  const host = slash < 0 ? bare : bare.slice(0, slash);
  const path = slash < 0 ? '' : bare.slice(slash).replace(/^\/v[12](?=\/|$)/, '');
  return { ...splitHost(canonicalRegistry(host)), path: path.replaceAll(/^\/+|\/+$/g, '') };
}

/**
 * Whether an entry is for a repository: same port, as many host labels, each matching, and the entry's
 * path a prefix of the repository's in whole components. A wildcard never crosses a dot, so
 * `*.example.com` is not `a.b.example.com` (MUST-NOT-HAPPEN 16).
 */
export function isFor(pattern: CredentialPattern, host: string, repositoryPath: string): boolean {
  const target = splitHost(canonicalRegistry(host));
  return (
    pattern.port === target.port &&
    pattern.labels.length === target.labels.length &&
    pattern.labels.every((label, index) => wildcardMatches(label, target.labels[index] ?? '')) &&
    (pattern.path === '' || `${repositoryPath}/`.startsWith(`${pattern.path}/`))
  );
}

/** Exact hosts before wildcards, then the longest path first. */
export function moreSpecific(a: CredentialPattern, b: CredentialPattern): number {
  return wildcards(a) - wildcards(b) || b.path.length - a.path.length;
}

function wildcards(pattern: CredentialPattern): number {
  return pattern.labels.filter(hasWildcard).length;
}

function splitHost(host: string): { labels: readonly string[]; port: string } {
  const port = /:(\d+)$/.exec(host)?.[1] ?? '';
  const name = port === '' ? host : host.slice(0, -port.length - 1);
  return { labels: name.startsWith('[') ? [name] : name.split('.'), port };
}
