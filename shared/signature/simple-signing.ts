import type { Digest } from '../base/digest.ts';
import { tryParseDigest } from '../base/digest.ts';
import { type JsonValue, isJsonObject, member, stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type { Repository } from '../image/reference.ts';
import { DEFAULT_REGISTRY } from '../image/registry-host.ts';

/** Media type of the layers of a cosign signature image (cosign SIGNATURE_SPEC). */
export const SIMPLE_SIGNING_MEDIA_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';

const PAYLOAD_TYPES: ReadonlySet<string> = new Set([
  'cosign container image signature',
  // containers/image (podman, skopeo) writes the older format under this name.
  'atomic container signature',
]);

/** What a simple-signing payload claims, once its shape was checked. */
export interface SimpleSigningClaims {
  readonly digest: Digest;
  readonly dockerReference: string;
  /** `optional` of the payload with its scalars as strings: the signer's annotations. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Reads a simple-signing payload (cosign SIGNATURE_SPEC "Payload").
 * @returns the reason as a string where the payload is not one.
 */
export function readSimpleSigning(payload: Buffer): SimpleSigningClaims | string {
  let document: JsonValue;
  try {
    document = parseStrictJson(payload.toString('utf8'));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const type = stringAt(document, 'critical', 'type') ?? '';
  if (!PAYLOAD_TYPES.has(type)) return `payload type "${type}" is not a cosign image signature`;
  const digest = tryParseDigest(
    stringAt(document, 'critical', 'image', 'docker-manifest-digest') ?? '',
  );
  if (digest === undefined) return 'payload names no docker-manifest-digest';
  const dockerReference = stringAt(document, 'critical', 'identity', 'docker-reference') ?? '';
  return { digest, dockerReference, annotations: scalars(member(document, 'optional')) };
}

const NO_ANNOTATIONS: Readonly<Record<string, string>> = {};

function scalars(optional: JsonValue | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(optional)) return NO_ANNOTATIONS;
  const pairs = Object.entries(optional).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(
    pairs.map(([key, value]) => [key, String(value as string | number | boolean)]),
  );
}

/**
 * The payloads that cosign writes when no annotations are given, byte for byte. A layer whose digest is
 * the SHA-256 of one of them needs no fetch: its bytes are known.
 */
export function usualPayloads(repository: Repository, digest: Digest): readonly string[] {
  return dockerReferences(repository).flatMap((reference) =>
    ['null', '{}'].map(
      (optional) =>
        `{"critical":{"identity":{"docker-reference":${JSON.stringify(reference)}},` +
        `"image":{"docker-manifest-digest":"${digest}"},"type":"cosign container image signature"},"optional":${optional}}`,
    ),
  );
}

/** cosign writes Docker Hub as `index.docker.io`, with `library/` for official images. */
function dockerReferences({ registry, path }: Repository): readonly string[] {
  if (registry !== DEFAULT_REGISTRY) return [`${registry}/${path}`];
  const full = path.includes('/') ? path : `library/${path}`;
  return [`index.docker.io/${full}`, `docker.io/${full}`];
}
