import { type EntryBody, type LoggedSignature, hashHex } from './logged-signature.ts';
import { verifierPem } from './signer.ts';

/** The kinds of Rekor v1 entries that are met in the wild (reference §5.6). */
export type RekorV1Kind = 'hashedrekord' | 'rekord' | 'dsse' | 'intoto-0.0.1' | 'intoto-0.0.2';

const BODIES: Readonly<Record<RekorV1Kind, (signed: LoggedSignature) => EntryBody>> = {
  hashedrekord: (signed) => ({
    kind: 'hashedrekord',
    version: '0.0.1',
    spec: {
      data: { hash: hashOf(signed.signedBytes, signed.signer.key.hash) },
      signature: {
        content: signed.signature.toString('base64'),
        publicKey: { content: verifierContent(signed) },
      },
    },
  }),
  rekord: (signed) => ({
    kind: 'rekord',
    version: '0.0.1',
    spec: {
      data: { hash: hashOf(signed.signedBytes) },
      signature: {
        content: signed.signature.toString('base64'),
        format: 'x509',
        publicKey: { content: verifierContent(signed) },
      },
    },
  }),
  dsse: (signed) => ({
    kind: 'dsse',
    version: '0.0.1',
    spec: {
      envelopeHash: hashOf(envelopeOf(signed).json),
      payloadHash: hashOf(envelopeOf(signed).payload),
      signatures: [
        { signature: signed.signature.toString('base64'), verifier: verifierContent(signed) },
      ],
    },
  }),
  'intoto-0.0.1': (signed) => ({
    kind: 'intoto',
    version: '0.0.1',
    spec: {
      content: {
        hash: hashOf(envelopeOf(signed).json),
        payloadHash: hashOf(envelopeOf(signed).payload),
      },
      publicKey: verifierContent(signed),
    },
  }),
  'intoto-0.0.2': (signed) => ({
    kind: 'intoto',
    version: '0.0.2',
    spec: {
      content: {
        envelope: {
          payloadType: envelopeOf(signed).payloadType,
          signatures: [
            {
              publicKey: verifierContent(signed),
              // Encoded twice: Rekor keeps the base64 text of the envelope as bytes.
              sig: Buffer.from(signed.signature.toString('base64')).toString('base64'),
            },
          ],
        },
        hash: hashOf(envelopeOf(signed).json),
        payloadHash: hashOf(envelopeOf(signed).payload),
      },
    },
  }),
};

/** The body that Rekor v1 would log for a signature. */
export function rekorV1Body(kind: RekorV1Kind, signed: LoggedSignature): EntryBody {
  return BODIES[kind](signed);
}

function hashOf(data: Buffer, algorithm = 'sha256'): { algorithm: string; value: string } {
  return { algorithm, value: hashHex(data, algorithm) };
}

function verifierContent({ signer }: LoggedSignature): string {
  return Buffer.from(verifierPem(signer)).toString('base64');
}

function envelopeOf({ envelope }: LoggedSignature): NonNullable<LoggedSignature['envelope']> {
  if (envelope === undefined) throw new TypeError('Cannot log: this kind is for DSSE envelopes');
  return envelope;
}
