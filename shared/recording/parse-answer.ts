import { type Digest, tryParseDigest } from '../base/digest.ts';
import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import { parseDescriptor } from '../registry/parse-descriptor.ts';
import type { Referrers } from '../registry/registry.ts';
import type { PublicKey } from '../trust/public-key.ts';
import type { Answer, RecordedKey } from './answer.ts';

type Contents = ReadonlyMap<Digest, Buffer>;

/** One answer of a recording, its bytes taken from `contents`; undefined where it is none. */
export function parseAnswer(value: JsonValue | undefined, contents: Contents): Answer | undefined {
  return READERS.get(stringAt(value, 'kind') ?? '')?.(value, contents);
}

type Reader = (value: JsonValue | undefined, contents: Contents) => Answer | undefined;

const READERS: ReadonlyMap<string, Reader> = new Map<Answer['kind'], Reader>([
  ['descriptor', readDescriptor],
  ['manifest', readManifest],
  ['content', readContent],
  ['referrers', readReferrers],
  ['keys', readKeys],
  ['addresses', readAddresses],
  ['absent', () => ({ kind: 'absent' })],
  ['refusal', readRefusal],
]);

function readDescriptor(value: JsonValue | undefined): Answer | undefined {
  const descriptor = parseDescriptor(member(value, 'descriptor'));
  return descriptor === undefined ? undefined : { kind: 'descriptor', descriptor };
}

function readManifest(value: JsonValue | undefined, contents: Contents): Answer | undefined {
  const mediaType = stringAt(value, 'mediaType');
  const content = contentOf(value, contents);
  if (mediaType === undefined || content === undefined) return undefined;
  return { kind: 'manifest', mediaType, ...content };
}

function readContent(value: JsonValue | undefined, contents: Contents): Answer | undefined {
  const content = contentOf(value, contents);
  return content === undefined ? undefined : { kind: 'content', ...content };
}

function readRefusal(value: JsonValue | undefined): Answer | undefined {
  const code = stringAt(value, 'code');
  const message = stringAt(value, 'message');
  if (code === undefined || message === undefined) return undefined;
  return { kind: 'refusal', code, message };
}

function contentOf(
  value: JsonValue | undefined,
  contents: Contents,
): { readonly digest: Digest; readonly bytes: Buffer } | undefined {
  const digest = tryParseDigest(stringAt(value, 'digest') ?? '');
  const bytes = digest === undefined ? undefined : contents.get(digest);
  return digest === undefined || bytes === undefined ? undefined : { digest, bytes };
}

const SOURCES: readonly Referrers['source'][] = ['referrers-api', 'fallback-tag', 'none'];

function readReferrers(value: JsonValue | undefined): Answer | undefined {
  const source = SOURCES.find((known) => known === stringAt(value, 'source'));
  const descriptors = listOf(member(value, 'descriptors'), parseDescriptor);
  if (source === undefined || descriptors === undefined) return undefined;
  return { kind: 'referrers', source, descriptors };
}

function readKeys(value: JsonValue | undefined): Answer | undefined {
  const keys = listOf(member(value, 'keys'), parseKey);
  return keys === undefined ? undefined : { kind: 'keys', keys };
}

const HASHES: readonly PublicKey['hash'][] = ['sha224', 'sha256', 'sha384', 'sha512'];

function parseKey(value: JsonValue): RecordedKey | undefined {
  const pem = stringAt(value, 'pem');
  const hash = HASHES.find((known) => known === stringAt(value, 'hash'));
  return pem === undefined ? undefined : { pem, hash };
}

function readAddresses(value: JsonValue | undefined): Answer | undefined {
  const addresses = listOf(member(value, 'addresses'), (item) =>
    typeof item === 'string' ? item : undefined,
  );
  return addresses === undefined ? undefined : { kind: 'addresses', addresses };
}

/** Every item read, or undefined where one cannot be. */
function listOf<Item>(
  value: JsonValue | undefined,
  read: (item: JsonValue) => Item | undefined,
): readonly Item[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = (value as readonly JsonValue[]).map(read);
  const good = items.filter((item) => item !== undefined);
  return good.length === items.length ? good : undefined;
}
