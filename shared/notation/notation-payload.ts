import { isUtf8 } from 'node:buffer';
import { messageOf } from '../base/coded-error.ts';
import { type Digest, tryParseDigest } from '../base/digest.ts';
import { isJsonObject, type JsonValue, member, stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { failure, type NotationFailure } from './notation-reason.ts';

/** The artifact that a signature is for: all three values are signed, so all three are compared. */
export interface TargetArtifact {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface NotationPayload {
  readonly target: TargetArtifact;
  /** What the signer added (`notation sign --user-metadata`). */
  readonly metadata: Readonly<Record<string, string>>;
}

/** signature-specification.md "Payload". */
const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';

/** Reads the signed payload; call it only for bytes whose signature was verified. */
export function readPayload(contentType: string, bytes: Buffer): NotationPayload | NotationFailure {
  if (contentType !== PAYLOAD_TYPE)
    return failure(
      'UNSUPPORTED_PAYLOAD',
      `the payload is ${JSON.stringify(contentType.slice(0, 120))}, expected ${PAYLOAD_TYPE}`,
    );
  let artifact: JsonValue | undefined;
  try {
    if (!isUtf8(bytes)) return malformed('is not UTF-8');
    artifact = member(parseStrictJson(bytes.toString('utf8')), 'targetArtifact');
  } catch (error) {
    return malformed(messageOf(error));
  }
  const mediaType = stringAt(artifact, 'mediaType') ?? '';
  const digest = tryParseDigest(stringAt(artifact, 'digest') ?? '');
  const size = member(artifact, 'size');
  const metadata = readMetadata(member(artifact, 'annotations'));
  if (mediaType === '' || digest === undefined || !isSize(size) || metadata === undefined)
    return malformed('"targetArtifact" lacks media type, digest or size, or has odd annotations');
  return { target: { mediaType, digest, size }, metadata };
}

/** What the signature is for, if that is another artifact. */
export function targetProblem(
  signed: TargetArtifact,
  wanted: TargetArtifact,
): NotationFailure | undefined {
  if (signed.digest !== wanted.digest)
    return failure('WRONG_TARGET', `the signature is for ${signed.digest}, not ${wanted.digest}`);
  if (signed.mediaType === wanted.mediaType && signed.size === wanted.size) return undefined;
  return failure(
    'WRONG_TARGET',
    `the signature is for ${signed.size} bytes of ${JSON.stringify(signed.mediaType.slice(0, 120))}, the artifact is ${wanted.size} bytes of "${wanted.mediaType}"`,
  );
}

/** Pairs that the signed metadata lacks. */
export function metadataProblem(
  { metadata }: NotationPayload,
  wanted: Readonly<Record<string, string>>,
): NotationFailure | undefined {
  const missing = Object.entries(wanted).filter(
    ([key, value]) => !Object.hasOwn(metadata, key) || metadata[key] !== value,
  );
  if (missing.length === 0) return undefined;
  const pairs = missing.map(([key, value]) => `${key}=${value}`).join(', ');
  return failure('METADATA_MISMATCH', `the signature lacks the required metadata ${pairs}`);
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readMetadata(
  annotations: JsonValue | undefined,
): Readonly<Record<string, string>> | undefined {
  if (annotations === undefined || annotations === null) return {};
  if (!isJsonObject(annotations)) return undefined;
  const pairs = Object.entries(annotations).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return pairs.length === Object.keys(annotations).length ? Object.fromEntries(pairs) : undefined;
}

function malformed(what: string): NotationFailure {
  return failure('MALFORMED_PAYLOAD', `the signed payload cannot be read: ${what}`);
}
