import { sign, verify } from 'node:crypto';
import { createSigningKey } from './signing-key.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** An OpenID Connect issuer: makes identity tokens and knows its own. */
export interface TokenIssuer {
  readonly url: string;
  /** A token for audience `sigstore`, good for five minutes, with claims added or replaced; undefined leaves one out. */
  readonly token: (claims?: Claims) => string;
  /** The claims of a token of this issuer; undefined for any other text. */
  readonly claimsOf: (token: string) => Claims | undefined;
}

/** Seconds. */
const LIFETIME = 5 * 60;

export function createTokenIssuer(url = 'https://issuer.test'): TokenIssuer {
  const key = createSigningKey();
  const options = { dsaEncoding: 'ieee-p1363' } as const;
  return {
    url,
    token: (claims = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: url, aud: 'sigstore', sub: 'tester', iat: now, exp: now + LIFETIME };
      const signed = [
        { alg: 'ES256', typ: 'JWT' },
        { ...usual, ...claims },
      ]
        .map(encode)
        .join('.');
      const signature = sign('sha256', Buffer.from(signed), {
        key: key.privateKey,
        ...options,
      });
      return `${signed}.${signature.toString('base64url')}`;
    },
    claimsOf: (token) => {
      const [head = '', body = '', signature = ''] = token.split('.');
      const isOurs = verify(
        'sha256',
        Buffer.from(`${head}.${body}`),
        { key: key.publicKey, ...options },
        Buffer.from(signature, 'base64url'),
      );
      if (!isOurs) return undefined;
      return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claims;
    },
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
