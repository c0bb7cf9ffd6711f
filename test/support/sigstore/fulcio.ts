import {
  type AuthorityChain,
  type AuthorityLevel,
  createAuthorityChain,
} from './certificate-authority.ts';
import {
  type CertificateFields,
  type Extension,
  makeCertificate,
  randomSerial,
} from './certificate.ts';
import { type CtLog, createCtLog, sctExtension } from './ct-log.ts';
import {
  type AltName,
  KEY_PURPOSE,
  type KeyUsage,
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from './extensions.ts';
import {
  type FulcioClaims,
  type IssuerForm,
  claimExtensions,
  issuerExtension,
} from './fulcio-claims.ts';
import { type KeyType, type SigningKey, createSigningKey } from './signing-key.ts';

/** How the embedded SCTs are made, and which way they are wrong. */
export type SctForm =
  | 'good'
  | 'two-logs'
  | 'with-extensions'
  | 'none'
  /** An extension with an empty list. */
  | 'empty-list'
  /** By a log that no trust root knows. */
  | 'unknown-log'
  /** Names the trusted log, signed by another. */
  | 'forged'
  /** For another certificate than the one it is in. */
  | 'other-certificate'
  /** Good, but its bytes end early. */
  | 'truncated';

/** What a leaf has instead of what Fulcio gives a GitHub Actions run. */
export interface LeafOptions {
  readonly names?: readonly AltName[];
  /** OIDC issuer. */
  readonly issuer?: string;
  readonly issuerForms?: readonly IssuerForm[];
  readonly claims?: FulcioClaims;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly keyType?: KeyType;
  readonly key?: SigningKey;
  readonly sct?: SctForm;
  /** Purposes of the extended key usage; an empty list leaves the extension out. */
  readonly purposes?: readonly string[];
  readonly usages?: readonly KeyUsage[];
  /** Makes the leaf claim to be a CA. */
  readonly ca?: boolean;
  readonly extensions?: readonly Extension[];
}

export interface Leaf {
  readonly key: SigningKey;
  readonly certificate: Buffer;
  readonly pem: string;
}

/** A certificate authority for signers, as Fulcio is one. */
export interface Fulcio {
  readonly chain: AuthorityChain;
  readonly ctLog: CtLog;
  readonly secondCtLog: CtLog;
  /** A certificate that is valid from `at` for ten minutes. */
  readonly issue: (at: Date, options?: LeafOptions) => Leaf;
}

export interface FulcioOptions {
  readonly organization?: string;
  readonly root?: AuthorityLevel;
  readonly intermediates?: readonly AuthorityLevel[];
  readonly ctLogKeyType?: KeyType;
}

export const DEFAULT_SUBJECT =
  'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3';
export const DEFAULT_ISSUER = 'https://token.actions.githubusercontent.com';

const LEAF_LIFETIME_MS = 10 * 60 * 1000;

export function createFulcio(options: FulcioOptions = {}): Fulcio {
  const chain = createAuthorityChain({
    organization: options.organization ?? 'virtual fulcio',
    root: options.root ?? {},
    intermediates: options.intermediates ?? [{ pathLength: 0 }],
  });
  const ctLog = createCtLog(options.ctLogKeyType);
  const secondCtLog = createCtLog();
  const issue = (at: Date, leaf: LeafOptions = {}): Leaf => {
    const { certificate: ca, key: caKey } = chain.issuer;
    const key = leaf.key ?? createSigningKey(leaf.keyType);
    const fields = {
      subject: {},
      issuer: ca.subject,
      notBefore: leaf.notBefore ?? at,
      notAfter: leaf.notAfter ?? new Date(at.getTime() + LEAF_LIFETIME_MS),
      publicKey: key,
      serial: randomSerial(),
      extensions: leafExtensions(key, caKey, leaf),
    };
    const scts = makeScts(fields, { form: leaf.sct ?? 'good', caKey, at, ctLog, secondCtLog });
    const extensions = [...fields.extensions, ...scts];
    const { der, pem } = makeCertificate({ ...fields, extensions }, caKey);
    return { key, certificate: der, pem };
  };
  return { chain, ctLog, secondCtLog, issue };
}

const USUAL_LEAF = {
  issuer: DEFAULT_ISSUER,
  issuerForms: ['v1', 'v2'],
  names: [{ kind: 'uri', value: DEFAULT_SUBJECT }],
  purposes: [KEY_PURPOSE.codeSigning],
  usages: ['digitalSignature'],
  claims: {},
  ca: false,
  extensions: [],
} as const;

function leafExtensions(key: SigningKey, caKey: SigningKey, given: LeafOptions): Extension[] {
  const leaf = { ...USUAL_LEAF, ...given };
  return [
    keyUsage(...leaf.usages),
    ...(leaf.purposes.length === 0 ? [] : [extendedKeyUsage(leaf.purposes)]),
    ...(leaf.ca ? [basicConstraints(true)] : []),
    subjectKeyIdentifier(key),
    authorityKeyIdentifier(caKey),
    ...(leaf.names.length === 0 ? [] : [subjectAltName(leaf.names)]),
    ...leaf.issuerForms.map((form) => issuerExtension(leaf.issuer, form)),
    ...claimExtensions(leaf.claims),
    ...leaf.extensions,
  ];
}

interface SctRequest {
  readonly form: SctForm;
  readonly caKey: SigningKey;
  readonly at: Date;
  readonly ctLog: CtLog;
  readonly secondCtLog: CtLog;
}

function makeScts(
  fields: CertificateFields & { readonly serial: Buffer },
  { form, caKey, at, ctLog, secondCtLog }: SctRequest,
): readonly Extension[] {
  const good = (): Buffer => ctLog.sct(fields, caKey, { at });
  const foreign = (): Buffer => createCtLog().sct(fields, caKey, { at });
  switch (form) {
    case 'none':
      return [];
    case 'empty-list':
      return [sctExtension([])];
    case 'good':
      return [sctExtension([good()])];
    case 'two-logs':
      return [sctExtension([good(), secondCtLog.sct(fields, caKey, { at })])];
    case 'with-extensions':
      return [sctExtension([ctLog.sct(fields, caKey, { at, extensions: Buffer.from('ext') })])];
    case 'unknown-log':
      return [sctExtension([foreign()])];
    case 'forged':
      return [sctExtension([withLogId(foreign(), ctLog.logId)])];
    case 'other-certificate':
      return [sctExtension([ctLog.sct({ ...fields, serial: randomSerial() }, caKey, { at })])];
    case 'truncated':
      return [sctExtension([good().subarray(0, -4)])];
  }
}

function withLogId(sct: Buffer, logId: Buffer): Buffer {
  return Buffer.concat([sct.subarray(0, 1), logId, sct.subarray(1 + logId.length)]);
}
