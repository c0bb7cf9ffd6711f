import { signerOfDer } from './door-signer.ts';
import type { EntryBody } from './logged-signature.ts';
import type { RekorV2 } from './rekor.ts';
import { HASH_ALGORITHM, KEY_DETAILS } from './rekor-v2-bodies.ts';
import type { HashName } from './signing-key.ts';
import { type ServiceAnswer, jsonAnswer, refusal } from './service-answer.ts';

interface HashedRekordRequest {
  readonly digest: string;
  readonly signature: {
    readonly content: string;
    readonly verifier: {
      readonly publicKey?: { readonly rawBytes: string };
      readonly x509Certificate?: { readonly rawBytes: string };
      readonly keyDetails: string;
    };
  };
}

interface CreateEntryRequest {
  readonly hashedRekordRequestV002?: HashedRekordRequest;
}

const HASH_OF_BYTES: Readonly<Record<number, HashName>> = {
  32: 'sha256',
  48: 'sha384',
  64: 'sha512',
};

/** Rekor's API v2, `POST /api/v2/log/entries`: as the real one it takes hashed entries only. */
export function rekorV2Door(rekor: RekorV2): (body: Buffer) => ServiceAnswer {
  return (body) => {
    const { hashedRekordRequestV002: request } = JSON.parse(
      body.toString('utf8'),
    ) as CreateEntryRequest;
    if (request === undefined) return refusal(400, 'invalid request: expected a hashedrekord');
    const { content, verifier } = request.signature;
    const { publicKey, x509Certificate, keyDetails } = verifier;
    const raw = x509Certificate?.rawBytes ?? publicKey?.rawBytes ?? '';
    const kind = x509Certificate === undefined ? 'key' : 'certificate';
    const signer = signerOfDer(Buffer.from(raw, 'base64'), kind);
    if (keyDetails !== KEY_DETAILS[signer.key.type])
      return refusal(400, `unsupported signing algorithm ${keyDetails}`);
    const hash = HASH_OF_BYTES[Buffer.from(request.digest, 'base64').length];
    if (hash === undefined) return refusal(400, 'invalid request: expected the digest of a hash');
    const signature = Buffer.from(content, 'base64');
    const signed = { signer, signature, signedBytes: Buffer.alloc(0), envelope: undefined };
    const step = rekor.entry({ alterBody: () => bodyOf(request, hash) });
    return jsonAnswer(201, step(signed, new Date()));
  };
}

/** What was hashed is not sent: what was sent is logged. */
function bodyOf({ digest, signature }: HashedRekordRequest, hash: HashName): EntryBody {
  const data = { algorithm: HASH_ALGORITHM[hash], digest };
  return {
    kind: 'hashedrekord',
    version: '0.0.2',
    spec: { hashedRekordV002: { data, signature } },
  };
}
