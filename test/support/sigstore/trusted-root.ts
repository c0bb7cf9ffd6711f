import type { MadeCertificate } from './certificate.ts';
import { KEY_DETAILS } from './rekor-v2-bodies.ts';
import type { SigningKey } from './signing-key.ts';

export interface ValidityJson {
  start?: string;
  end?: string;
}

export interface LogJson {
  baseUrl: string;
  hashAlgorithm: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor: ValidityJson };
  logId: { keyId: string };
}

export interface AuthorityJson {
  subject: { organization: string; commonName: string };
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor: ValidityJson;
}

/** Protobuf JSON of Sigstore's `TrustedRoot`; mutable, so that tests can make it wrong. */
export interface TrustedRootJson {
  mediaType: string;
  tlogs: LogJson[];
  certificateAuthorities: AuthorityJson[];
  ctlogs: LogJson[];
  timestampAuthorities: AuthorityJson[];
}

export const TRUSTED_ROOT_MEDIA_TYPE = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';

/** Before anything that the double ever signs. */
const VALID_SINCE = '2020-01-01T00:00:00Z';

export function logJson(baseUrl: string, key: SigningKey, logId: Buffer): LogJson {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: key.spki.toString('base64'),
      keyDetails: KEY_DETAILS[key.type],
      validFor: { start: VALID_SINCE },
    },
    logId: { keyId: logId.toString('base64') },
  };
}

export function authorityJson(
  uri: string,
  certificates: readonly MadeCertificate[],
): AuthorityJson {
  const { organization = '', commonName = '' } = certificates.at(-1)?.subject ?? {};
  return {
    subject: { organization, commonName },
    uri,
    certChain: {
      certificates: certificates.map(({ der }) => ({ rawBytes: der.toString('base64') })),
    },
    validFor: { start: VALID_SINCE },
  };
}
