import type { SignedSubject } from '../signer/artifact-store.ts';
import { type SimpleSigningOptions, simpleSigningPayload } from '../signer/sign-simple.ts';
import { certificatePem } from './certificate.ts';
import type { LogEntryJson } from './logged-signature.ts';
import type { Signer } from './signer.ts';
import { type SigningRequest, type Witnesses, witness } from './signing-request.ts';
import { type StatementOptions, signEnvelope, statement } from './statement.ts';

export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE_ENVELOPE = 'application/vnd.dsse.envelope.v1+json';

/** The annotations that cosign puts on a layer (cosign SIGNATURE_SPEC). */
export const ANNOTATION = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  bundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
  predicateType: 'predicateType',
} as const;

/** A layer of a `.sig` or `.att` image before it is stored. */
export interface LegacyLayer {
  readonly mediaType: string;
  readonly blob: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface LegacyRequest extends SigningRequest {
  /** Leaves out the chain annotation, as a client does that trusts readers to know the intermediates. */
  readonly withoutChain?: boolean;
}

/** What `cosign sign --new-bundle-format=false` makes: a signed simple-signing payload. */
export function legacySignature(
  subject: SignedSubject,
  request: LegacyRequest,
  options: SimpleSigningOptions = {},
): LegacyLayer {
  const { signer } = request;
  const blob = simpleSigningPayload(subject, options);
  const signature = signer.key.sign(blob);
  const signed = { signer, signature, signedBytes: blob, envelope: undefined };
  return {
    mediaType: SIMPLE_SIGNING,
    blob,
    annotations: {
      [ANNOTATION.signature]: signature.toString('base64'),
      ...evidence(request, witness(signed, request)),
    },
  };
}

export interface LegacyAttestationRequest extends LegacyRequest {
  /** Old cosign stamps the envelope, new cosign its signature. */
  readonly stamp?: 'envelope' | 'signature';
}

/** What `cosign attest --new-bundle-format=false` makes: an envelope with an empty signature annotation. */
export function legacyAttestation(
  subject: SignedSubject,
  request: LegacyAttestationRequest,
  options: StatementOptions = {},
): LegacyLayer {
  const { signer } = request;
  const payload = statement(subject.digest, options);
  const signed = signEnvelope(payload, signer, options.payloadType);
  const { bytes, signature, signedBytes, json } = signed;
  const envelope = { payload, payloadType: json.payloadType, json: bytes };
  const stamped = request.stamp === 'signature' ? signature : bytes;
  const witnesses = witness({ signer, signature, signedBytes, envelope }, request, stamped);
  return {
    mediaType: DSSE_ENVELOPE,
    blob: bytes,
    annotations: {
      [ANNOTATION.signature]: '',
      ...(options.predicateType === undefined
        ? {}
        : { [ANNOTATION.predicateType]: options.predicateType }),
      ...evidence(request, witnesses),
    },
  };
}

/** The annotation that holds a Rekor v1 entry: what was signed for its promise, and the promise. */
export function rekorAnnotation(entry: LogEntryJson): string {
  return JSON.stringify({
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    },
  });
}

function evidence(
  { signer, withoutChain }: LegacyRequest,
  { logEntries: [entry], timestamps: [token] }: Witnesses,
): Record<string, string> {
  return {
    ...(signer.kind === 'key' ? {} : certificateAnnotations(signer, withoutChain === true)),
    ...(entry === undefined ? {} : { [ANNOTATION.bundle]: rekorAnnotation(entry) }),
    ...(token === undefined
      ? {}
      : {
          [ANNOTATION.timestamp]: JSON.stringify({
            SignedRFC3161Timestamp: token.toString('base64'),
          }),
        }),
  };
}

function certificateAnnotations(
  { certificate, chain }: Extract<Signer, { kind: 'certificate' }>,
  withoutChain: boolean,
): Record<string, string> {
  return {
    [ANNOTATION.certificate]: certificatePem(certificate),
    [ANNOTATION.chain]: withoutChain ? '' : chain.map(certificatePem).join(''),
  };
}
