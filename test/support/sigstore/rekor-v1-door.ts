import { createHash } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { signerOfPem } from './door-signer.ts';
import type { LoggedSignature } from './logged-signature.ts';
import { isSignedBy } from './public-half.ts';
import type { RekorV1, RekorV1EntryOptions } from './rekor.ts';
import { rekorAnswer } from './rekor-server.ts';
import { type ServiceAnswer, jsonAnswer, refusal } from './service-answer.ts';

interface ProposedEntry {
  readonly kind: string;
  readonly spec: {
    readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] };
  };
}

interface EnvelopeJson {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly sig: string }[];
}

interface RekorV1DoorOptions extends RekorV1EntryOptions {
  /** Logs another signature by the same signer than the one that was sent. */
  readonly liesAboutSignature?: boolean;
}

/** Rekor's API v1, `POST /api/v1/log/entries`, for `dsse` entries: checks the signature, and logs. */
export function rekorV1Door(
  rekor: RekorV1,
  { liesAboutSignature = false, ...options }: RekorV1DoorOptions = {},
): (body: Buffer) => ServiceAnswer {
  const step = rekor.entry(options);
  return (body) => {
    const { kind, spec } = JSON.parse(body.toString('utf8')) as ProposedEntry;
    if (kind !== 'dsse') return refusal(400, `error processing entry: kind "${kind}"`);
    const logged = loggedSignature(spec.proposedContent);
    if (!isSignedBy(logged.signer.key, logged.signedBytes, logged.signature))
      return refusal(400, 'error processing entry: verifying signature');
    const told = { ...logged, signature: createHash('sha256').update(body).digest() };
    return jsonAnswer(201, rekorAnswer(step(liesAboutSignature ? told : logged, new Date())));
  };
}

function loggedSignature({
  envelope: text,
  verifiers,
}: ProposedEntry['spec']['proposedContent']): LoggedSignature {
  const { payload: encoded, payloadType, signatures } = JSON.parse(text) as EnvelopeJson;
  const payload = Buffer.from(encoded, 'base64');
  return {
    signer: signerOfPem(Buffer.from(verifiers[0] ?? '', 'base64').toString('utf8')),
    signature: Buffer.from(signatures[0]?.sig ?? '', 'base64'),
    signedBytes: dsse.preAuthEncoding(payloadType, payload),
    envelope: { payloadType, payload, json: Buffer.from(text) },
  };
}
