import { BlockList, isIP } from 'node:net';
import { isLoopback } from './endpoint.ts';

/** The environment's variables as they are read here. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for `url` by the usual variables (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, lower case first
 * as curl and Go read them); loopback is never proxied.
 * NO_PROXY: `*`, host names with their subdomains, `.suffix`, addresses, CIDR blocks, each with an optional port.
 */
export function proxyFor(url: URL, environment: Environment): string | undefined {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const proxy = read(environment, name);
  if (proxy === undefined || isLoopback(url.host)) return undefined;
  const exceptions = (read(environment, 'no_proxy') ?? '').split(/[\s,]+/);
  if (exceptions.some((exception) => isExcepted(url, exception.toLowerCase()))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function read(environment: Environment, name: string): string | undefined {
  const value = environment[name] ?? environment[name.toUpperCase()];
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

function isExcepted(url: URL, exception: string): boolean {
  if (exception === '*') return true;
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  if (exception.includes('/')) return isInBlock(host, exception);
  const { name, port } = splitException(exception);
  if (name === '' || (port !== undefined && port !== portOf(url))) return false;
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

/** `name`, `.name`, `*.name` (all the same here), `name:port`, `[::1]:port` or an address. */
function splitException(exception: string): { name: string; port?: string | undefined } {
  if (isIP(exception) !== 0) return { name: exception };
  const [, name = '', port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(exception) ?? [];
  return { name: name.replace(/^\*?\./, ''), port };
}

function isInBlock(host: string, block: string): boolean {
  const family = isIP(host);
  const [address = '', bits = ''] = block.split('/');
  const prefix = Number(bits);
  const isBlock = isIP(address) === family && /^\d{1,3}$/.test(bits);
  if (family === 0 || !isBlock || prefix > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, prefix, type);
  return list.check(host, type);
}

function portOf(url: URL): string {
  if (url.port !== '') return url.port;
  return url.protocol === 'https:' ? '443' : '80';
}
