import { goText } from '../go-text.ts';
import { readIpAddress } from './ip-address.ts';
import { escapePart, unescapePart } from './percent-encoding.ts';
import { UrlError } from './url-error.ts';

/** A URL as Go's `net/url` takes it apart. */
export interface ParsedUrl {
  readonly scheme: string;
  /** What follows the scheme where that is no slash. */
  readonly opaque: string;
  readonly hasUser: boolean;
  /** With the port, and brackets around IPv6 addresses. */
  readonly host: string;
  readonly path: string;
  readonly fragment: string;
  readonly rawQuery: string;
  /** As written, where Go would escape the path otherwise; empty elsewhere. */
  readonly rawPath: string;
  readonly rawFragment: string;
  /** Ends in a question mark without a query. */
  readonly forceQuery: boolean;
  /** Has a path right after its scheme. */
  readonly omitHost: boolean;
}

const NOTHING: ParsedUrl = {
  scheme: '',
  opaque: '',
  hasUser: false,
  host: '',
  path: '',
  fragment: '',
  rawQuery: '',
  rawPath: '',
  rawFragment: '',
  forceQuery: false,
  omitHost: false,
};

/**
 * Reads a URL or a reference to one, as Go does and browsers do not: a backslash is no slash, a text without a scheme
 * is a path.
 * @throws {UrlError}
 */
export function parseUrl(text: string): ParsedUrl {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  try {
    return decoded(parseBytes(bytes));
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    throw new UrlError(`parse ${JSON.stringify(text.slice(0, MAX_QUOTED))}: ${error.message}`);
  }
}

function decoded(url: ParsedUrl): ParsedUrl {
  const text = (part: string): string => goText(Buffer.from(part, 'latin1'));
  return {
    ...url,
    opaque: text(url.opaque),
    host: text(url.host),
    path: text(url.path),
    fragment: text(url.fragment),
    rawQuery: text(url.rawQuery),
    rawPath: text(url.rawPath),
    rawFragment: text(url.rawFragment),
  };
}

/**
 * Whether a text is a URL with a scheme, or a path from the root, without a fragment (Go: `url.ParseRequestURI`): a
 * number sign stands for itself.
 */
export function isRequestUri(text: string): boolean {
  if (text === '*') return true;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  if (CONTROL.test(bytes)) return false;
  try {
    const [scheme, rest] = parseScheme(cut(bytes, '?')[0]);
    if (scheme !== '') return parseBeforeFragment(bytes) !== undefined;
    // Without a scheme no slashes begin a host.
    return rest.startsWith('/') && parsePath(rest) !== undefined;
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}

/** Enough of a URL to find it. */
const MAX_QUOTED = 200;

/** The host without port and brackets (Go: `URL.Hostname`). */
export function hostnameOf({ host }: ParsedUrl): string {
  return host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/s, '$1');
}

/** ASCII only: each character is one byte. */
const CONTROL = /(?![\x80-\x9f])\p{Cc}/u;

/** Each character is one byte. */
function parseBytes(text: string): ParsedUrl {
  const [before, fragment] = cut(text, '#');
  if (CONTROL.test(before)) throw new UrlError('net/url: invalid control character in URL');
  const url = before === '*' ? { ...NOTHING, path: '*' } : parseBeforeFragment(before);
  if (fragment === '') return url;
  const decoded = unescapePart(fragment, 'fragment');
  return {
    ...url,
    fragment: decoded,
    rawFragment: escapePart(decoded, 'fragment') === fragment ? '' : fragment,
  };
}

function parseBeforeFragment(text: string): ParsedUrl {
  const [before, rawQuery] = cut(text, '?');
  const [scheme, rest] = parseScheme(before);
  const start = { ...NOTHING, scheme, rawQuery, forceQuery: rawQuery === '' && text.endsWith('?') };
  const isRooted = rest.startsWith('/');
  if (!isRooted && scheme !== '') return { ...start, opaque: rest };
  if (!isRooted && /^[^/]*:/.test(rest))
    throw new UrlError('first path segment in URL cannot contain colon');
  // Without a scheme a third slash makes it a path.
  const authority = (scheme === '' ? /^\/\/(?!\/)[^/]*/ : /^\/\/[^/]*/).exec(rest)?.[0];
  if (authority === undefined)
    return { ...start, omitHost: isRooted && scheme !== '', ...parsePath(rest) };
  return {
    ...start,
    ...parseAuthority(scheme, authority.slice(2)),
    ...parsePath(rest.slice(authority.length)),
  };
}

/** A text that begins like no scheme has none. */
function parseScheme(text: string): readonly [scheme: string, rest: string] {
  if (text.startsWith(':')) throw new UrlError('missing protocol scheme');
  const [written = '', scheme = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text) ?? [];
  return [scheme.toLowerCase(), text.slice(written.length)];
}

function parsePath(written: string): Pick<ParsedUrl, 'path' | 'rawPath'> {
  const path = unescapePart(written, 'path');
  return { path, rawPath: escapePart(path, 'path') === written ? '' : written };
}

/** RFC 3986 §3.2.1, and an at sign, of which the last one counts. */
const USER = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;

function parseAuthority(scheme: string, authority: string): Pick<ParsedUrl, 'hasUser' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at < 0) return { hasUser: false, host };
  const user = authority.slice(0, at);
  if (!USER.test(user)) throw new UrlError('net/url: invalid userinfo');
  unescapePart(user, 'user');
  return { hasUser: true, host };
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) throw new UrlError('invalid IP-literal');
  if (open === 0) return parseLiteral(host);
  const first = host.indexOf(':');
  if (first >= 0) {
    const isStrict = scheme === 'http' || scheme === 'https';
    checkPort(host.slice(isStrict ? first : host.lastIndexOf(':')));
  }
  return unescapePart(host, 'host');
}

/** An IPv6 address in brackets, with a zone or without (RFC 6874). */
function parseLiteral(host: string): string {
  const close = host.lastIndexOf(']');
  if (close < 0) throw new UrlError("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const inside = host.slice(1, close);
  const zoneAt = inside.indexOf('%25');
  const address = unescapePart(zoneAt < 0 ? inside : inside.slice(0, zoneAt), 'host');
  const zone = zoneAt < 0 ? '' : unescapePart(inside.slice(zoneAt), 'zone');
  if (!address.includes(':') || readIpAddress(address) === undefined || zone === '%')
    throw new UrlError('invalid IP-literal');
  return `[${address}${zone}]${port}`;
}

function checkPort(port: string): void {
  if (!/^(?::\d*)?$/.test(port))
    throw new UrlError(`invalid port ${JSON.stringify(port)} after host`);
}

function cut(text: string, mark: string): readonly [before: string, after: string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
