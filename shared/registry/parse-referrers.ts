import { type JsonValue, member } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { DEFAULT_MEDIA_TYPE, manifestKind } from './manifest-media-type.ts';
import { parseDescriptor } from './parse-descriptor.ts';
import type { Descriptor } from './registry.ts';

/**
 * The descriptors of a list of referrers, or undefined if the body is no such list (a web page, another
 * kind of manifest). An entry that is not well-formed is left out: it must not hide the good ones next
 * to it (MUST-NOT-HAPPEN 26). `manifests: null` is Go's empty list.
 */
export function parseReferrers(
  bytes: Uint8Array,
  contentType: string | undefined,
): readonly Descriptor[] | undefined {
  const body = parse(bytes);
  const mediaType = member(body, 'mediaType') ?? contentType ?? DEFAULT_MEDIA_TYPE.index;
  const manifests = member(body, 'manifests');
  const isIndex = typeof mediaType === 'string' && manifestKind(mediaType) !== 'image';
  if (!isIndex || !isListOrNull(manifests)) return undefined;
  return (manifests ?? []).map(parseDescriptor).filter((entry) => entry !== undefined);
}

function parse(bytes: Uint8Array): JsonValue | undefined {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function isListOrNull(value: JsonValue | undefined): value is readonly JsonValue[] | null {
  return value === null || Array.isArray(value);
}
