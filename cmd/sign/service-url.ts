import { isLoopback } from '#shared/registry/endpoint.ts';

/**
 * The base URL of a signing service, without a slash at its end: HTTPS, or plain HTTP where it is loopback or
 * named as insecure.
 * @param insecureHosts `host[:port]`
 * @returns the reason as a string where it is none. The reason does not quote it, which would show a password.
 */
export function serviceUrl(
  text: string,
  insecureHosts: readonly string[],
): { readonly url: string } | string {
  const url = URL.parse(text);
  if (url === null) return 'it is not a URL, expected https://HOST[:PORT][/PATH]';
  if (url.username !== '' || url.password !== '')
    return 'it holds a user name or password, which would end up in logs';
  if (url.search !== '' || url.hash !== '')
    return 'it has a "?" or "#" part, expected https://HOST[:PORT][/PATH]';
  return schemeFault(url, insecureHosts) ?? { url: url.href.replace(/\/+$/, '') };
}

function schemeFault(
  { protocol, host }: URL,
  insecureHosts: readonly string[],
): string | undefined {
  if (protocol === 'https:') return undefined;
  if (protocol !== 'http:') return `it begins with "${protocol}", expected "https:"`;
  if (isLoopback(host) || insecureHosts.some((named) => named.toLowerCase() === host))
    return undefined;
  return `plain HTTP is for loopback only, expected "https:" or --insecure-registry ${host}`;
}
