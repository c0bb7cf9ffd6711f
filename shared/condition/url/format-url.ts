import { escapedPath } from './escaped-path.ts';
import type { ParsedUrl } from './parse-url.ts';

/** A text that is the same for URLs that are, which Go tells by `URL.String`. */
export function formatUrl(url: ParsedUrl): string {
  const { scheme, opaque, hasUser, host, rawQuery, forceQuery, fragment, rawFragment, omitHost } =
    url;
  return JSON.stringify([
    scheme,
    opaque,
    hasUser,
    host,
    omitHost,
    escapedPath(url),
    rawQuery,
    forceQuery,
    fragment,
    rawFragment,
  ]);
}
