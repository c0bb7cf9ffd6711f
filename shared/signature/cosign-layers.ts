import { decodeBase64 } from '../base/base64.ts';
import { messageOf } from '../base/coded-error.ts';
import type { JsonValue } from '../base/json-value.ts';
import { stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { sha256Digest } from '../base/digest.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { Repository } from '../image/reference.ts';
import type { CallOptions, Descriptor, ImageManifest, Registry } from '../registry/registry.ts';
import { splitPem } from './pem-blocks.ts';
import { SIMPLE_SIGNING_MEDIA_TYPE } from './simple-signing.ts';
import type {
  SignatureSource,
  SignedMessage,
  SignerClaim,
  SigningTimeClaims,
} from './signed-entity.ts';

/** cosign's annotations on a signature layer (cosign SIGNATURE_SPEC). */
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const REKOR_BUNDLE = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/** A simple-signing payload is a few hundred bytes; annotations may add some kilobytes. */
const MAX_PAYLOAD_BYTES = 64 * 1024;

/** One layer of a cosign signature image, ready to be read. */
export interface SignatureLayer {
  readonly layer: Descriptor;
  readonly source: SignatureSource;
}

/** The layers of a cosign signature image that hold signatures. */
export function signatureLayers(
  manifest: ImageManifest,
  place: SignatureSource['place'],
  repository: Repository,
): readonly SignatureLayer[] {
  return manifest.layers.flatMap((layer, index) =>
    layer.mediaType === SIMPLE_SIGNING_MEDIA_TYPE
      ? [
          {
            layer,
            source: {
              place,
              repository: repositoryName(repository),
              manifestDigest: manifest.digest,
              layer: index,
            },
          },
        ]
      : [],
  );
}

export interface ReadLayerOptions extends CallOptions {
  readonly registry: Registry;
  readonly repository: Repository;
  /** Payloads whose bytes are known without a fetch. */
  readonly usualPayloads: readonly string[];
}

/**
 * Reads one signature layer; its payload is fetched only where it cannot be rebuilt.
 * @returns the reason as a string where the layer holds no readable signature.
 * @throws {RegistryError} if the payload cannot be fetched.
 */
export async function readSignatureLayer(
  { layer, source }: SignatureLayer,
  options: ReadLayerOptions,
): Promise<SignedMessage | string> {
  const annotations = layer.annotations ?? {};
  const signature = decodeBase64(annotations[SIGNATURE] ?? '');
  if (signature === undefined || signature.length === 0)
    return `annotation ${SIGNATURE} is missing or not base64`;
  const time = readTime(annotations);
  if (typeof time === 'string') return time;
  const signer = readSigner(annotations);
  if (typeof signer === 'string') return signer;
  const payload = await readPayload(layer, options);
  return {
    kind: 'message',
    format: 'cosign-simple-signing',
    source,
    signer,
    time,
    signature,
    payload,
  };
}

async function readPayload(layer: Descriptor, options: ReadLayerOptions): Promise<Buffer> {
  const known = options.usualPayloads.find((payload) => sha256Digest(payload) === layer.digest);
  if (known !== undefined) return Buffer.from(known);
  return options.registry.blob(options.repository, layer, {
    signal: options.signal,
    maxBytes: MAX_PAYLOAD_BYTES,
  });
}

function readSigner(annotations: Readonly<Record<string, string>>): SignerClaim | string {
  const certificate = annotations[CERTIFICATE] ?? '';
  if (certificate === '') return { kind: 'public-key', hint: undefined };
  const [leaf] = splitPem(certificate, 'CERTIFICATE');
  if (leaf === undefined) return `annotation ${CERTIFICATE} holds no PEM certificate`;
  return {
    kind: 'certificate',
    certificate: leaf,
    chain: splitPem(annotations[CHAIN] ?? '', 'CERTIFICATE'),
  };
}

function readTime(annotations: Readonly<Record<string, string>>): SigningTimeClaims | string {
  try {
    const rekor = annotations[REKOR_BUNDLE];
    const timestamp = annotations[TIMESTAMP];
    return {
      logEntries: rekor === undefined || rekor === '' ? [] : [parseStrictJson(rekor)],
      timestamps:
        timestamp === undefined || timestamp === ''
          ? []
          : [timestampOf(parseStrictJson(timestamp))],
    };
  } catch (error) {
    return `annotation ${REKOR_BUNDLE} or ${TIMESTAMP} cannot be read: ${messageOf(error)}`;
  }
}

function timestampOf(annotation: JsonValue): Buffer {
  const token = decodeBase64(stringAt(annotation, 'SignedRFC3161Timestamp') ?? '');
  if (token === undefined) throw new TypeError('SignedRFC3161Timestamp is not base64');
  return token;
}
