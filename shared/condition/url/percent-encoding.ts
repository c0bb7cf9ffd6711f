import { UrlError } from './url-error.ts';

/** Where in a URL a text stands: what has to be escaped there, and what may be (Go: `net/url`). */
export type UrlPart = 'host' | 'zone' | 'user' | 'path' | 'fragment';

const PLAIN_HOST = /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/;
const PLAIN: Readonly<Record<'path' | 'fragment', RegExp>> = {
  path: /[A-Za-z0-9\-_.~$&+,/:;=@]/,
  fragment: /[A-Za-z0-9\-_.~$&+,/:;=@?!()*]/,
};

/**
 * Decodes `%XX` in a text of bytes, one character each.
 * @throws {UrlError} for an escape that is none or must not be there, and for characters that no host has.
 */
export function unescapePart(text: string, part: UrlPart): string {
  const isHost = part === 'host' || part === 'zone';
  return text.replaceAll(/%(.{0,2})|[^%]/gs, (found: string, digits?: string) => {
    if (digits !== undefined) return decoded(found, digits, part);
    if (isHost && found < '\x80' && !PLAIN_HOST.test(found))
      throw new UrlError(`invalid character ${JSON.stringify(found)} in host name`);
    return found;
  });
}

function decoded(found: string, digits: string, part: UrlPart): string {
  const byte = /^[0-9A-Fa-f]{2}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
  if (byte === undefined || !mayBeEscaped(byte, part))
    throw new UrlError(`invalid URL escape ${JSON.stringify(found)}`);
  return String.fromCharCode(byte);
}

/** In a host only what is no ASCII (RFC 3986 §3.2.2), and the percent sign before a zone (RFC 6874 §2). */
function mayBeEscaped(byte: number, part: UrlPart): boolean {
  if (part === 'host') return byte >= 0x80 || byte === 0x25;
  if (part !== 'zone') return true;
  return byte === 0x25 || byte === 0x20 || PLAIN_HOST.test(String.fromCharCode(byte));
}

/** Escapes a text of bytes as Go does where nothing else is said. */
export function escapePart(text: string, part: 'path' | 'fragment'): string {
  return text.replaceAll(/[^]/g, (char) =>
    PLAIN[part].test(char)
      ? char
      : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
