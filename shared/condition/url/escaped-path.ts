import type { ParsedUrl } from './parse-url.ts';
import { escapePart } from './percent-encoding.ts';

/** What may stand in a path that is left as written; square brackets too (Go: `validEncoded`). */
const VALID = /^(?:[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]/]|%[\dA-Fa-f]{2})*$/;

/** The path with what needs it escaped: as written where that is possible (Go: `URL.EscapedPath`). */
export function escapedPath({ path, rawPath }: ParsedUrl): string {
  if (rawPath !== '' && VALID.test(rawPath)) return rawPath;
  if (path === '*') return path;
  return escapePart(Buffer.from(path, 'utf8').toString('latin1'), 'path');
}
