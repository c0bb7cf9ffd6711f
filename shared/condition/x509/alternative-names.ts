import type { DerElement } from '../../base/der.ts';
import { messageOf } from '../../base/coded-error.ts';
import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import { formatIpAddress } from '../url/ip-address.ts';
import { parseUrl, type ParsedUrl } from '../url/parse-url.ts';
import { contextTag } from './der-cursor.ts';
import { readAscii } from './der-text.ts';
import { isDomainName } from './domain-name.ts';
import { sequenceIn } from './sequence-in.ts';
import { X509Error } from './x509-error.ts';

/** Fields of a certificate without such names. */
export const NO_ALTERNATIVE_NAMES: JsonObject = {
  DNSNames: null,
  EmailAddresses: null,
  IPAddresses: null,
  URIs: null,
};

const FIELDS: ReadonlyMap<number, readonly [field: string, read: (name: DerElement) => JsonValue]> =
  new Map([
    [contextTag(1), ['EmailAddresses', (name: DerElement) => readAscii(name, 'SAN rfc822Name')]],
    [contextTag(2), ['DNSNames', (name: DerElement) => readAscii(name, 'SAN dNSName')]],
    [contextTag(6), ['URIs', readUri]],
    [contextTag(7), ['IPAddresses', readAddress]],
  ]);

/**
 * The names of a subjectAltName extension, by Go's fields (RFC 5280 §4.2.1.6); undefined where it has none of the
 * types that Go reads.
 * @throws {DerError | X509Error}
 */
export function readAlternativeNames(value: Buffer): JsonObject | undefined {
  const names = new Map<string, readonly JsonValue[]>();
  for (const name of sequenceIn(value).rest) {
    const [field, read] = FIELDS.get(name.tag) ?? [];
    if (field === undefined || read === undefined) continue;
    names.set(field, [...(names.get(field) ?? []), read(name)]);
  }
  return names.size === 0 ? undefined : { ...NO_ALTERNATIVE_NAMES, ...Object.fromEntries(names) };
}

function readAddress({ contents }: DerElement): JsonValue {
  const address = formatIpAddress(contents);
  if (address !== undefined) return address;
  throw new X509Error(`x509: cannot parse IP address of length ${contents.length}`);
}

function readUri(name: DerElement): JsonValue {
  const text = readAscii(name, 'SAN uniformResourceIdentifier');
  const url = parsed(text);
  if (isDomainName(url.host, 'name')) return urlJson(url);
  throw new X509Error(`x509: cannot parse URI ${JSON.stringify(text)}: invalid domain`);
}

function parsed(text: string): ParsedUrl {
  try {
    return parseUrl(text);
  } catch (error) {
    throw new X509Error(`x509: cannot parse URI ${JSON.stringify(text)}: ${messageOf(error)}`);
  }
}

/** As `url.URL` has it in JSON, where nobody sees who the user is. */
function urlJson(url: ParsedUrl): JsonObject {
  return {
    Scheme: url.scheme,
    Opaque: url.opaque,
    User: url.hasUser ? {} : null,
    Host: url.host,
    Path: url.path,
    Fragment: url.fragment,
    RawQuery: url.rawQuery,
    RawPath: url.rawPath,
    RawFragment: url.rawFragment,
    ForceQuery: url.forceQuery,
    OmitHost: url.omitHost,
  };
}
