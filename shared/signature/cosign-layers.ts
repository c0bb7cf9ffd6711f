import { decodeBase64 } from '../base/base64.ts';
import { sha256Digest } from '../base/digest.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { Repository } from '../image/reference.ts';
import type { CallOptions, Descriptor, ImageManifest, Registry } from '../registry/registry.ts';
import { readCosignSigner, readCosignTime } from './cosign-annotations.ts';
import { SIMPLE_SIGNING_MEDIA_TYPE } from './simple-signing.ts';
import type { SignatureSource, SignedMessage } from './signed-entity.ts';

/** cosign's annotation that holds the signature (cosign SIGNATURE_SPEC). */
const SIGNATURE = 'dev.cosignproject.cosign/signature';

/** A simple-signing payload is a few hundred bytes; annotations may add some kilobytes. */
const MAX_PAYLOAD_BYTES = 64 * 1024;

/** One layer of a cosign image, ready to be read. */
export interface CosignLayer {
  readonly layer: Descriptor;
  readonly source: SignatureSource;
}

export interface LayerPlace {
  readonly place: SignatureSource['place'];
  readonly repository: Repository;
  readonly mediaType?: string;
}

/** The layers of a cosign image that hold signatures, or something else where a media type says so. */
export function cosignLayers(
  manifest: ImageManifest,
  { place, repository, mediaType = SIMPLE_SIGNING_MEDIA_TYPE }: LayerPlace,
): readonly CosignLayer[] {
  return manifest.layers.flatMap((layer, index) =>
    layer.mediaType === mediaType
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
  { layer, source }: CosignLayer,
  options: ReadLayerOptions,
): Promise<SignedMessage | string> {
  const annotations = layer.annotations ?? {};
  const signature = decodeBase64(annotations[SIGNATURE] ?? '');
  if (signature === undefined || signature.length === 0)
    return `annotation ${SIGNATURE} is missing or not base64`;
  const signer = readCosignSigner(annotations);
  if (typeof signer === 'string') return signer;
  const payload = await readPayload(layer, options);
  return {
    kind: 'message',
    format: 'cosign-simple-signing',
    source,
    signer,
    time: readCosignTime(annotations),
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
