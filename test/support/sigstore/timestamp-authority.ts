import { type MadeCertificate, makeCertificate } from './certificate.ts';
import {
  AUTHORITY_END,
  AUTHORITY_START,
  type AuthorityChain,
  type AuthorityLevel,
  createAuthorityChain,
} from './certificate-authority.ts';
import {
  KEY_PURPOSE,
  authorityKeyIdentifier,
  extendedKeyUsage,
  keyUsage,
  subjectKeyIdentifier,
} from './extensions.ts';
import type { StampStep } from './logged-signature.ts';
import {
  type KeyType,
  type SigningKey,
  type SigningKeyOptions,
  createSigningKey,
} from './signing-key.ts';
import { type TokenOptions, timestampResponse } from './timestamp-token.ts';

export interface TsaOptions {
  readonly organization?: string;
  readonly root?: AuthorityLevel;
  readonly intermediates?: readonly AuthorityLevel[];
  readonly keyType?: KeyType;
  readonly hash?: SigningKeyOptions['hash'];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Purposes of the leaf; RFC 3161 §2.3 wants time stamping alone, critical. */
  readonly purposes?: readonly string[];
}

export interface StampOptions extends Omit<TokenOptions, 'embed'> {
  /** Certificates inside the token: the signer's, or its whole chain without the root. */
  readonly embed?: 'none' | 'leaf' | 'chain';
  /** What the token says the time is, instead of the time of signing. */
  readonly at?: Date;
  /** What is stamped instead of the signature. */
  readonly over?: Buffer;
  /** Signs the token with a key that is not the certificate's. */
  readonly wrongKey?: boolean;
}

/** A time-stamp authority (RFC 3161). */
export interface TimestampAuthority {
  readonly key: SigningKey;
  readonly certificate: MadeCertificate;
  readonly chain: AuthorityChain;
  /** Leaf first, root last: how trust roots list it. */
  readonly certificates: readonly MadeCertificate[];
  readonly stamp: (options?: StampOptions) => StampStep;
}

export function createTimestampAuthority(options: TsaOptions = {}): TimestampAuthority {
  const organization = options.organization ?? 'virtual tsa';
  const chain = createAuthorityChain({
    organization,
    root: options.root ?? {},
    intermediates: options.intermediates ?? [],
  });
  const key = createSigningKey(
    options.keyType,
    options.hash === undefined ? {} : { hash: options.hash },
  );
  const certificate = tsaCertificate(key, chain, { ...options, organization });
  const stamp = (stampOptions: StampOptions = {}): StampStep => {
    const { embed = 'none', at: said, over, wrongKey, ...token } = stampOptions;
    const embedded = {
      none: [],
      leaf: [certificate],
      chain: [certificate, ...chain.intermediates.map(({ certificate }) => certificate)],
    }[embed];
    const signer = { certificate, key: wrongKey === true ? createSigningKey() : key };
    return (signature, at) =>
      timestampResponse(over ?? signature, said ?? at, {
        signer,
        options: { ...token, embed: embedded },
      });
  };
  const certificates = [certificate, ...chain.certificates];
  return { key, certificate, chain, certificates, stamp };
}

function tsaCertificate(
  key: SigningKey,
  { issuer }: AuthorityChain,
  options: TsaOptions & { readonly organization: string },
): MadeCertificate {
  const purposes = options.purposes ?? [KEY_PURPOSE.timeStamping];
  return makeCertificate(
    {
      subject: { organization: options.organization, commonName: 'timestamping' },
      issuer: issuer.certificate.subject,
      notBefore: options.notBefore ?? AUTHORITY_START,
      notAfter: options.notAfter ?? AUTHORITY_END,
      publicKey: key,
      extensions: [
        keyUsage('digitalSignature'),
        ...(purposes.length === 0 ? [] : [extendedKeyUsage(purposes, true)]),
        subjectKeyIdentifier(key),
        authorityKeyIdentifier(issuer.key),
      ],
    },
    issuer.key,
  );
}
