import { BlockList, isIP } from 'node:net';
import type { Repository } from '../image/reference.ts';
import { DEFAULT_REGISTRY } from '../image/registry-host.ts';
import { RegistryError } from './registry-error.ts';

/** Docker Hub's names are `docker.io`; its API answers here. */
const DOCKER_HUB_API_HOST = 'registry-1.docker.io';

/** Hosts that are spoken to in another way than TLS says by default; `host[:port]`, lower case. */
export interface SchemeRules {
  readonly plainHttpHosts: ReadonlySet<string>;
  /** Loopback hosts that do speak TLS. */
  readonly tlsHosts: ReadonlySet<string>;
}

/** Where the API of one repository is. */
export interface Endpoint {
  readonly repository: Repository;
  /** `host[:port]` that is spoken to. */
  readonly host: string;
  /** The repository's path in URLs and token scopes; policies and patches never see it. */
  readonly path: string;
  /** Ends in `/`: `https://registry-1.docker.io/v2/library/nginx/`. */
  readonly baseUrl: string;
}

/**
 * Finds the API of `repository`: Docker Hub's own host, and its `library/` for single-component paths.
 * @throws {RegistryError} `UNREACHABLE` for a host that cannot be.
 */
export function endpointOf(repository: Repository, rules: SchemeRules): Endpoint {
  const isDockerHub = repository.registry === DEFAULT_REGISTRY;
  const host = isDockerHub ? DOCKER_HUB_API_HOST : repository.registry;
  const path =
    isDockerHub && !repository.path.includes('/') ? `library/${repository.path}` : repository.path;
  const scheme = speaksPlainHttp(host, rules) ? 'http' : 'https';
  const baseUrl = `${scheme}://${host}/v2/${path}/`;
  // A reference may carry what no URL may, such as port 99999.
  if (!URL.canParse(baseUrl))
    throw new RegistryError(
      'UNREACHABLE',
      `Cannot reach registry "${host}" of repository "${path}": it is no host name with a port up to 65535`,
    );
  return { repository, host, path, baseUrl };
}

/** Plain HTTP is for loopback and for hosts that were named as insecure; never a fallback. */
export function speaksPlainHttp(host: string, rules: SchemeRules): boolean {
  const name = host.toLowerCase();
  if (rules.tlsHosts.has(name)) return false;
  return rules.plainHttpHosts.has(name) || isLoopback(name);
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** `localhost`, 127.0.0.0/8 and ::1. Names below `localhost` are left out: cluster DNS may know them otherwise. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replaceAll(/^\[|\]$/g, '');
  const family = isIP(name);
  if (family === 0) return name === 'localhost';
  return LOOPBACK.check(name, family === 4 ? 'ipv4' : 'ipv6');
}
