import { type Extension, type MadeCertificate, makeCertificate } from './certificate.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  keyUsage,
  subjectKeyIdentifier,
} from './extensions.ts';
import { type KeyType, type SigningKey, createSigningKey } from './signing-key.ts';

/** How one certificate of a chain is made; what is not given is as a real one has it. */
export interface AuthorityLevel {
  readonly commonName?: string;
  readonly keyType?: KeyType;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly pathLength?: number;
  /** Added to the usual ones. */
  readonly extensions?: readonly Extension[];
  /** False makes a certificate that is no CA, although it signs. */
  readonly ca?: boolean;
}

export interface ChainOptions {
  readonly organization: string;
  readonly root: AuthorityLevel;
  /** From the root down; the last one issues. */
  readonly intermediates: readonly AuthorityLevel[];
}

export interface Authority {
  readonly certificate: MadeCertificate;
  readonly key: SigningKey;
}

/** A chain of authorities; the last of `path` issues leaves. */
export interface AuthorityChain {
  readonly root: Authority;
  readonly intermediates: readonly Authority[];
  readonly issuer: Authority;
  /** Issuer first, root last: how trust roots and bundles order chains. */
  readonly certificates: readonly MadeCertificate[];
  readonly pem: string;
}

/** Authorities live long on both sides of every time that tests sign at: nothing expires (MUST-NOT-HAPPEN 23). */
export const AUTHORITY_START: Date = new Date('2020-01-01T00:00:00Z');
export const AUTHORITY_END: Date = new Date('2099-12-31T23:59:59Z');

/** Makes a root and the intermediates below it. */
export function createAuthorityChain(options: ChainOptions): AuthorityChain {
  const root = makeAuthority(options.organization, { commonName: 'root', ...options.root });
  const intermediates: Authority[] = [];
  for (const level of options.intermediates) {
    const named = { commonName: `intermediate ${intermediates.length + 1}`, ...level };
    intermediates.push(makeAuthority(options.organization, named, intermediates.at(-1) ?? root));
  }
  const certificates = [root, ...intermediates].map(({ certificate }) => certificate).toReversed();
  return {
    root,
    intermediates,
    issuer: intermediates.at(-1) ?? root,
    certificates,
    pem: certificates.map(({ pem }) => pem).join(''),
  };
}

const USUAL_LEVEL = {
  commonName: 'authority',
  keyType: 'ecdsa-p384',
  notBefore: AUTHORITY_START,
  notAfter: AUTHORITY_END,
  ca: true,
  extensions: [],
} as const;

function makeAuthority(organization: string, given: AuthorityLevel, parent?: Authority): Authority {
  const level = { ...USUAL_LEVEL, ...given };
  const key = createSigningKey(level.keyType);
  const subject = { organization, commonName: level.commonName };
  const issuer = parent ?? { certificate: { subject }, key };
  const certificate = makeCertificate(
    {
      subject,
      issuer: issuer.certificate.subject,
      notBefore: level.notBefore,
      notAfter: level.notAfter,
      publicKey: key,
      extensions: [
        keyUsage('keyCertSign', 'crlSign'),
        basicConstraints(level.ca, level.pathLength),
        subjectKeyIdentifier(key),
        authorityKeyIdentifier(issuer.key),
        ...level.extensions,
      ],
    },
    issuer.key,
  );
  return { certificate, key };
}
