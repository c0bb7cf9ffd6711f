import { ConditionError } from '../../condition-error.ts';
import { goText } from '../../go-text.ts';
import { escapedPath } from '../../url/escaped-path.ts';
import { formatUrl } from '../../url/format-url.ts';
import { hostnameOf, isRequestUri, type ParsedUrl, parseUrl } from '../../url/parse-url.ts';
import { UrlError } from '../../url/url-error.ts';
import { CelMap } from '../value/cel-map.ts';
import { CelOpaque, type OpaqueKind } from '../value/cel-opaque.ts';
import type { CallArguments } from './call-arguments.ts';
import type { Library } from './library.ts';

/** URLs are the same where they are written the same. */
const LOCATION: OpaqueKind<ParsedUrl> = {
  name: 'kubernetes.URL',
  isEqual: (left, right) => formatUrl(left) === formatUrl(right),
};

/** URLs and their parts, as Go reads them. */
export const URLS: Library = {
  'url(string): URL': parse,
  'isURL(string): bool': (args) => {
    args.spendText(args.text(0).length);
    return isRequestUri(args.text(0));
  },
  'URL -> getScheme(): string': (args) => read(args).scheme,
  'URL -> getHost(): string': (args) => read(args).host,
  'URL -> getHostname(): string': (args) => hostnameOf(read(args)),
  'URL -> getPort(): string': (args) => /:(\d*)$/.exec(read(args).host)?.[1] ?? '',
  'URL -> getEscapedPath(): string': (args) => escapedPath(read(args)),
  'URL -> getQuery(): map<string, list<string>>': (args) => queryOf(read(args).rawQuery, args),
};

function read(args: CallArguments): ParsedUrl {
  return args.payload(LOCATION, 0);
}

function parse(args: CallArguments): CelOpaque<ParsedUrl> {
  const text = args.text(0);
  args.spendText(text.length);
  try {
    if (isRequestUri(text)) return new CelOpaque(LOCATION, parseUrl(text));
  } catch (cause) {
    if (!(cause instanceof UrlError)) throw cause;
  }
  throw new ConditionError('INVALID_ARGUMENT', `${JSON.stringify(text.slice(0, 80))} is no URL`);
}

/** Values by name; pairs that are not well formed are left out (Go: `URL.Query`). */
function queryOf(query: string, args: CallArguments): CelMap {
  args.spendText(query.length);
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const name = unescape(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : unescape(pair.slice(equals + 1));
    if (name === undefined || value === undefined) continue;
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return new CelMap(values);
}

function unescape(text: string): string | undefined {
  if (/%(?![\dA-Fa-f]{2})/.test(text)) return undefined;
  const bytes = Buffer.from(text.replaceAll('+', ' '), 'utf8').toString('latin1');
  const plain = bytes.replaceAll(/%([\dA-Fa-f]{2})/g, (_found, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return goText(Buffer.from(plain, 'latin1'));
}
