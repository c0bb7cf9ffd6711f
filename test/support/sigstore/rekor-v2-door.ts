import { signerOfDer } from './door-signer.ts';
import type { RekorV2 } from './rekor.ts';
import { KEY_DETAILS } from './rekor-v2-bodies.ts';
import { type ServiceAnswer, jsonAnswer, refusal } from './service-answer.ts';

interface CreateEntryRequest {
  readonly hashedRekordRequestV002?: {
    readonly digest: string;
    readonly signature: {
      readonly content: string;
      readonly verifier: {
        readonly publicKey?: { readonly rawBytes: string };
        readonly x509Certificate?: { readonly rawBytes: string };
        readonly keyDetails: string;
      };
    };
  };
}

/** Rekor's API v2, `POST /api/v2/log/entries`: as the real one it takes hashed entries only. */
export function rekorV2Door(rekor: RekorV2): (body: Buffer) => ServiceAnswer {
  return (body) => {
    const { hashedRekordRequestV002: request } = JSON.parse(
      body.toString('utf8'),
    ) as CreateEntryRequest;
    if (request === undefined) return refusal(400, 'invalid request: expected a hashedrekord');
    const { content, verifier } = request.signature;
    const { publicKey, x509Certificate } = verifier;
    const raw = x509Certificate?.rawBytes ?? publicKey?.rawBytes ?? '';
    const kind = x509Certificate === undefined ? 'key' : 'certificate';
    const signer = signerOfDer(Buffer.from(raw, 'base64'), kind);
    if (verifier.keyDetails !== KEY_DETAILS[signer.key.type])
      return refusal(400, `unsupported signing algorithm ${verifier.keyDetails}`);
    const step = rekor.entry({ digest: Buffer.from(request.digest, 'base64') });
    const signature = Buffer.from(content, 'base64');
    const signed = { signer, signature, signedBytes: Buffer.alloc(0), envelope: undefined };
    return jsonAnswer(201, step(signed, new Date()));
  };
}
