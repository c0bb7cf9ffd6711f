import { tryParseDigest } from '../base/digest.ts';
import { type JsonValue, isJsonObject, member, stringAt } from '../base/json-value.ts';
import type { Descriptor } from './registry.ts';

type Platform = NonNullable<Descriptor['platform']>;

/** Reads an OCI content descriptor; undefined if it is not well-formed. Unknown fields are left out. */
export function parseDescriptor(value: JsonValue | undefined): Descriptor | undefined {
  const mediaType = stringAt(value, 'mediaType');
  const digest = tryParseDigest(stringAt(value, 'digest') ?? '');
  const size = member(value, 'size');
  const annotations = parseAnnotations(member(value, 'annotations'));
  const isSound =
    mediaType !== undefined && mediaType !== '' && digest !== undefined && isSize(size);
  if (!isSound || annotations === undefined) return undefined;
  const artifactType = stringAt(value, 'artifactType');
  const platform = parsePlatform(member(value, 'platform'));
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(platform === undefined ? {} : { platform }),
  };
}

/** A string-to-string map; empty where there is none, undefined where it is something else. */
export function parseAnnotations(
  value: JsonValue | undefined,
): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return entries.length === Object.keys(value).length ? Object.fromEntries(entries) : undefined;
}

function isSize(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function parsePlatform(value: JsonValue | undefined): Platform | undefined {
  if (!isJsonObject(value)) return undefined;
  const os = stringAt(value, 'os');
  const architecture = stringAt(value, 'architecture');
  const variant = stringAt(value, 'variant');
  return {
    ...(os === undefined ? {} : { os }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(variant === undefined ? {} : { variant }),
  };
}
