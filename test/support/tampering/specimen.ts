import { certificatePem } from '../sigstore/certificate.ts';
import { ANNOTATION, type LegacyLayer } from '../sigstore/legacy-layer.ts';

/** A legacy layer as one JSON document: what is text inside text there is a member of its own here. */
export interface LayerDocument {
  mediaType: string;
  /** The blob as base64. */
  blob: string;
  signature: string;
  /** DER as base64. */
  certificate?: string;
  chain?: string[];
  bundle?: unknown;
  /** RFC 3161 response as base64. */
  timestamp?: string;
}

export function layerDocument({ mediaType, blob, annotations }: LegacyLayer): LayerDocument {
  const certificates = (name: string): string[] => pemBodies(annotations[name] ?? '');
  const [certificate] = certificates(ANNOTATION.certificate);
  const bundle = annotations[ANNOTATION.bundle];
  const timestamp = annotations[ANNOTATION.timestamp];
  return {
    mediaType,
    blob: blob.toString('base64'),
    signature: annotations[ANNOTATION.signature] ?? '',
    ...(certificate === undefined ? {} : { certificate, chain: certificates(ANNOTATION.chain) }),
    ...(bundle === undefined ? {} : { bundle: JSON.parse(bundle) as unknown }),
    ...(timestamp === undefined ? {} : { timestamp: tokenOf(timestamp) }),
  };
}

export function documentLayer(document: LayerDocument): LegacyLayer {
  const { certificate, chain = [], bundle, timestamp } = document;
  const pem = (base64: string): string => certificatePem(Buffer.from(base64, 'base64'));
  return {
    mediaType: document.mediaType,
    blob: Buffer.from(document.blob, 'base64'),
    annotations: {
      [ANNOTATION.signature]: document.signature,
      ...(certificate === undefined ? {} : { [ANNOTATION.certificate]: pem(certificate) }),
      ...(certificate === undefined ? {} : { [ANNOTATION.chain]: chain.map(pem).join('') }),
      ...(bundle === undefined ? {} : { [ANNOTATION.bundle]: JSON.stringify(bundle) }),
      ...(timestamp === undefined
        ? {}
        : { [ANNOTATION.timestamp]: JSON.stringify({ SignedRFC3161Timestamp: timestamp }) }),
    },
  };
}

function pemBodies(pem: string): string[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END/g)].map(([, body = '']) =>
    body.replaceAll(/\s/g, ''),
  );
}

function tokenOf(annotation: string): string {
  return (JSON.parse(annotation) as { SignedRFC3161Timestamp: string }).SignedRFC3161Timestamp;
}
