import { createHash } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { signerOfPem } from './door-signer.ts';
import type { EntryBody, LogEntryJson, LoggedSignature } from './logged-signature.ts';
import { isSignedBy } from './public-half.ts';
import type { RekorV1, RekorV1EntryOptions } from './rekor.ts';
import { rekorAnswer } from './rekor-server.ts';
import { type ServiceAnswer, jsonAnswer, refusal } from './service-answer.ts';

type ProposedEntry = ProposedEnvelope | ProposedHash;

interface ProposedEnvelope {
  readonly kind: 'dsse';
  readonly spec: {
    readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] };
  };
}

interface ProposedHash {
  readonly kind: 'hashedrekord';
  readonly apiVersion: string;
  readonly spec: {
    readonly data: unknown;
    readonly signature: {
      readonly content: string;
      readonly publicKey: { readonly content: string };
    };
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

/**
 * Rekor's API v1, `POST /api/v1/log/entries`: checks the signature of `dsse` entries, takes what
 * `hashedrekord` entries say, and logs.
 */
export function rekorV1Door(
  rekor: RekorV1,
  { liesAboutSignature = false, ...options }: RekorV1DoorOptions = {},
): (body: Buffer) => ServiceAnswer {
  const step = rekor.entry(options);
  return (body) => {
    const entry = JSON.parse(body.toString('utf8')) as ProposedEntry;
    switch (entry.kind) {
      case 'dsse': {
        const logged = loggedSignature(entry.spec.proposedContent);
        if (!isSignedBy(logged.signer.key, logged.signedBytes, logged.signature))
          return refusal(400, 'error processing entry: verifying signature');
        const told = { ...logged, signature: createHash('sha256').update(body).digest() };
        return created(step(liesAboutSignature ? told : logged, new Date()));
      }
      case 'hashedrekord':
        return created(logHash(rekor, entry, options));
      default:
        return refusal(400, 'error processing entry: unknown kind');
    }
  };
}

/** Clients look for their entry under the name in the header. */
function created(entry: LogEntryJson): ServiceAnswer {
  const answer = rekorAnswer(entry);
  return { ...jsonAnswer(201, answer), etag: Object.keys(answer)[0] };
}

/** What was hashed is not sent: the body is logged as it was proposed. */
function logHash(
  rekor: RekorV1,
  { kind, apiVersion, spec }: ProposedHash,
  options: RekorV1EntryOptions,
): LogEntryJson {
  const signed = {
    signer: signerOfPem(Buffer.from(spec.signature.publicKey.content, 'base64').toString('utf8')),
    signature: Buffer.from(spec.signature.content, 'base64'),
    signedBytes: Buffer.alloc(0),
    envelope: undefined,
  };
  const alterBody = (): EntryBody => ({ kind, version: apiVersion, spec });
  return rekor.entry({ ...options, alterBody })(signed, new Date());
}

function loggedSignature({
  envelope: text,
  verifiers,
}: ProposedEnvelope['spec']['proposedContent']): LoggedSignature {
  const { payload: encoded, payloadType, signatures } = JSON.parse(text) as EnvelopeJson;
  const payload = Buffer.from(encoded, 'base64');
  return {
    signer: signerOfPem(Buffer.from(verifiers[0] ?? '', 'base64').toString('utf8')),
    signature: Buffer.from(signatures[0]?.sig ?? '', 'base64'),
    signedBytes: dsse.preAuthEncoding(payloadType, payload),
    envelope: { payloadType, payload, json: Buffer.from(text) },
  };
}
