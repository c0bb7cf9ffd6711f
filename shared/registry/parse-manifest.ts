import { messageOf } from '../base/coded-error.ts';
import type { Digest } from '../base/digest.ts';
import {
  type JsonObject,
  type JsonValue,
  isJsonObject,
  member,
  stringAt,
} from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { DEFAULT_MEDIA_TYPE, isSchema1, manifestKind } from './manifest-media-type.ts';
import { parseAnnotations, parseDescriptor } from './parse-descriptor.ts';
import { RegistryError } from './registry-error.ts';
import type { Descriptor, Manifest } from './registry.ts';

/** The largest images have some hundred layers; a manifest's 4 MiB could name 30,000. */
const MAX_DESCRIPTORS = 5_000;

/** Where a manifest's bytes come from; they were hashed before. */
export interface ManifestSource {
  readonly contentType: string | undefined;
  readonly digest: Digest;
  /** For messages, after "Cannot". */
  readonly action: string;
}

/**
 * Parses an image manifest or index and checks its shape: one kind only, content type and body of one
 * mind (MUST-NOT-HAPPEN 4; OCI image-spec "Ambiguous" manifests, CVE-2021-41190).
 * @throws {RegistryError} `MALFORMED` naming what is wrong.
 */
export function parseManifest(bytes: Uint8Array, source: ManifestSource): Manifest {
  const body = parseBody(bytes, source);
  const { kind, mediaType } = identify(body, source);
  refuseOtherKind(body, kind, source);
  const subjectValue = member(body, 'subject');
  const subject = isNothing(subjectValue) ? undefined : parseDescriptor(subjectValue);
  if (subject === undefined && !isNothing(subjectValue))
    throw malformed(source, 'field "subject" is no descriptor');
  const annotations = parseAnnotations(member(body, 'annotations'));
  if (annotations === undefined)
    throw malformed(source, 'field "annotations" is no map of strings');
  const artifactType = stringAt(body, 'artifactType');
  const common = {
    mediaType,
    digest: source.digest,
    artifactType,
    subject,
    annotations,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  };
  if (kind === 'index')
    return { kind, ...common, manifests: descriptors(body, 'manifests', source) };
  const config = parseDescriptor(member(body, 'config'));
  if (config === undefined) throw malformed(source, 'field "config" is no descriptor');
  return { kind, ...common, config, layers: descriptors(body, 'layers', source) };
}

function parseBody(bytes: Uint8Array, source: ManifestSource): JsonObject {
  let value: JsonValue;
  try {
    value = parseStrictJson(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
    );
  } catch (cause) {
    throw malformed(source, messageOf(cause), cause);
  }
  if (!isJsonObject(value)) throw malformed(source, 'the body is no JSON object');
  return value;
}

function identify(
  body: JsonObject,
  source: ManifestSource,
): { kind: 'image' | 'index'; mediaType: string } {
  const mediaType = statedType(body, source) || typeByShape(body);
  if (isSchema1(mediaType) || isSchema1Body(body))
    throw malformed(source, 'it is a Docker schema 1 manifest, wanted schema 2 or OCI');
  const kind = manifestKind(mediaType);
  if (kind !== undefined) return { kind, mediaType };
  const type = shown(mediaType || (source.contentType ?? ''));
  throw malformed(source, `type "${type}" is neither an image manifest nor an index`);
}

/** The body's own word, else the content type; they must not disagree. */
function statedType(body: JsonObject, source: ManifestSource): string {
  const said = stringAt(body, 'mediaType') ?? '';
  const sent = manifestType(source.contentType ?? '');
  if (said !== '' && sent !== '' && said !== sent)
    throw malformed(source, `content type "${sent}" disagrees with mediaType "${shown(said)}"`);
  return said || sent;
}

/** The content type where it is one of a manifest; servers of plain files send types that say nothing. */
function manifestType(contentType: string): string {
  return manifestKind(contentType) !== undefined || isSchema1(contentType) ? contentType : '';
}

function isSchema1Body(body: JsonObject): boolean {
  return body['schemaVersion'] === 1 || Object.hasOwn(body, 'fsLayers');
}

function typeByShape(body: JsonObject): string {
  if (Object.hasOwn(body, 'manifests')) return DEFAULT_MEDIA_TYPE.index;
  return Object.hasOwn(body, 'layers') && Object.hasOwn(body, 'config')
    ? DEFAULT_MEDIA_TYPE.image
    : '';
}

/** Fields by which another reader could take the same bytes for the other kind. */
const FOREIGN_FIELDS: Readonly<Record<'image' | 'index', readonly string[]>> = {
  image: ['manifests'],
  index: ['layers', 'config'],
};

function refuseOtherKind(body: JsonObject, kind: 'image' | 'index', source: ManifestSource): void {
  for (const field of FOREIGN_FIELDS[kind])
    if (Object.hasOwn(body, field))
      throw malformed(source, `it is an ${kind} and has "${field}" too`);
}

function descriptors(
  body: JsonObject,
  field: string,
  source: ManifestSource,
): readonly Descriptor[] {
  const value = body[field];
  // Go encodes an empty list as null.
  if (value === null) return [];
  if (!isList(value)) throw malformed(source, `field "${field}" is no list`);
  if (value.length > MAX_DESCRIPTORS)
    throw malformed(
      source,
      `field "${field}" has ${value.length} entries, limit ${MAX_DESCRIPTORS}`,
    );
  return value.map((entry, index) => {
    const descriptor = parseDescriptor(entry);
    if (descriptor === undefined) throw malformed(source, `"${field}[${index}]" is no descriptor`);
    return descriptor;
  });
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isNothing(value: JsonValue | undefined): value is null | undefined {
  return value === undefined || value === null;
}

/** A remote's text in a message: printable and short. */
function shown(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100);
}

function malformed(source: ManifestSource, why: string, cause?: unknown): RegistryError {
  return new RegistryError('MALFORMED', `Cannot ${source.action}: ${why}`, { cause });
}
