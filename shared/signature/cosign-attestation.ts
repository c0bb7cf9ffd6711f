import { decodeBase64, decodeLongBase64 } from '../base/base64.ts';
import { messageOf } from '../base/coded-error.ts';
import type { Descriptor } from '../registry/registry.ts';
import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import { parseLongJson } from '../base/strict-json.ts';
import { readCosignSigner, readCosignTime } from './cosign-annotations.ts';
import { withHead } from './envelope-head.ts';
import type { SignatureSource, SignedEnvelope } from './signed-entity.ts';

/** Media type of the layers of a cosign attestation image (cosign ATTESTATION_SPEC). */
export const DSSE_MEDIA_TYPE = 'application/vnd.dsse.envelope.v1+json';

/**
 * Reads one layer of a cosign attestation image.
 * @param blob the layer's content, a DSSE envelope; its size is bounded by the caller.
 * @returns the reason as a string where the layer holds no readable attestation.
 */
export async function readAttestationLayer(
  blob: Buffer,
  layer: Descriptor,
  source: SignatureSource,
): Promise<SignedEnvelope | string> {
  const annotations = layer.annotations ?? {};
  const envelope = await readEnvelope(blob);
  if (typeof envelope === 'string') return envelope;
  const signer = readCosignSigner(annotations);
  if (typeof signer === 'string') return signer;
  return withHead({
    kind: 'dsse',
    format: 'cosign-attestation',
    source,
    signer,
    time: readCosignTime(annotations),
    ...envelope,
    envelope: blob,
  });
}

type Envelope = Pick<SignedEnvelope, 'payloadType' | 'payload' | 'signature'>;

async function readEnvelope(blob: Buffer): Promise<Envelope | string> {
  let document: JsonValue;
  try {
    document = await parseLongJson(blob.toString('utf8'));
  } catch (error) {
    return `envelope cannot be read: ${messageOf(error)}`;
  }
  const signature = readOneSignature(member(document, 'signatures'));
  if (typeof signature === 'string') return signature;
  const payload = await decodeLongBase64(stringAt(document, 'payload') ?? '');
  const payloadType = stringAt(document, 'payloadType');
  if (payload === undefined || payloadType === undefined) return 'envelope has no base64 payload';
  return { payloadType, payload, signature };
}

function readOneSignature(signatures: JsonValue | undefined): Buffer | string {
  const list: readonly JsonValue[] = Array.isArray(signatures) ? signatures : [];
  if (list.length !== 1) return `envelope has ${list.length} signatures, expected exactly 1`;
  const signature = decodeBase64(stringAt(list[0], 'sig') ?? '');
  return signature === undefined || signature.length === 0
    ? 'envelope has no base64 signature'
    : signature;
}
