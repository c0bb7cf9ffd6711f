import type { Fulcio } from './fulcio.ts';
import { isSignedBy, publicHalf } from './public-half.ts';
import { type ServiceAnswer, jsonAnswer, refusal } from './service-answer.ts';
import { createSigningKey } from './signing-key.ts';
import type { Claims, TokenIssuer } from './token-issuer.ts';

interface CertificateRequest {
  /** Absent where the token is in the header: both are Fulcio's interface. */
  readonly credentials?: { readonly oidcIdentityToken: string };
  readonly publicKeyRequest: {
    readonly publicKey: { readonly content: string };
    readonly proofOfPossession: string;
  };
}

/** Fulcio's API v2, `POST /api/v2/signingCert`: checks token and proof, and issues. */
export function fulcioDoor(
  fulcio: Fulcio,
  issuer: TokenIssuer,
  /** Certifies a key of its own instead of the one that was sent. */
  { liesAboutKey = false }: { readonly liesAboutKey?: boolean } = {},
): (body: Buffer, bearer: string | undefined) => ServiceAnswer {
  return (body, bearer) => {
    const { credentials, publicKeyRequest } = JSON.parse(
      body.toString('utf8'),
    ) as CertificateRequest;
    const claims = issuer.claimsOf(credentials?.oidcIdentityToken ?? bearer ?? '');
    if (claims === undefined || claims['aud'] !== 'sigstore')
      return refusal(401, 'There was an error processing the identity token');
    if (Number(claims['exp']) * 1000 < Date.now()) return refusal(401, 'The token has expired');
    const name = nameOf(claims);
    const key = publicHalf(publicKeyRequest.publicKey.content);
    const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
    if (!isSignedBy(key, Buffer.from(name), proof))
      return refusal(400, 'The signature supplied in the request could not be verified');
    const kind = claims['email'] === undefined ? 'uri' : 'email';
    const { pem } = fulcio.issue(new Date(), {
      key: liesAboutKey ? createSigningKey() : key,
      names: [{ kind, value: name }],
      issuer: issuer.url,
    });
    const certificates = [pem, ...fulcio.chain.certificates.map((certificate) => certificate.pem)];
    return jsonAnswer(200, { signedCertificateEmbeddedSct: { chain: { certificates } } });
  };
}

function nameOf(claims: Claims): string {
  return String(claims['email'] ?? claims['sub']);
}
