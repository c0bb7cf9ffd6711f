import { DER_TAG, type DerElement, derElements, readDer } from '../base/der.ts';
import { readOid } from '../base/der-values.ts';
import { messageOf } from '../base/coded-error.ts';
import type { Certificate } from './certificate.ts';
import { EXTENSION } from './certificate-fields.ts';

export type SubjectKind = 'uri' | 'email' | 'dns' | 'ip' | 'username';

/** One name of a certificate's subject alternative names. */
export interface SubjectName {
  readonly kind: SubjectKind;
  readonly value: string;
}

/** Who a certificate says its holder is; true only as far as the certificate is trusted. */
export interface Identity {
  /** Empty where the certificate has no usable subject alternative name. */
  readonly subjects: readonly SubjectName[];
  /** OIDC issuer: Fulcio's extension .8, or .1 where there is no .8. */
  readonly issuer: string | undefined;
  /** Fulcio's extensions by name; those without a name by object identifier. */
  readonly extensions: Readonly<Record<string, string>>;
}

const FULCIO = '1.3.6.1.4.1.57264.1';

/** Fulcio's extensions below {@link FULCIO} (fulcio oid-info.md), the subject's name aside. */
const EXTENSION_NAMES: Readonly<Record<string, string>> = {
  1: 'issuer',
  2: 'githubWorkflowTrigger',
  3: 'githubWorkflowSha',
  4: 'githubWorkflowName',
  5: 'githubWorkflowRepository',
  6: 'githubWorkflowRef',
  8: 'issuerV2',
  9: 'buildSignerURI',
  10: 'buildSignerDigest',
  11: 'runnerEnvironment',
  12: 'sourceRepositoryURI',
  13: 'sourceRepositoryDigest',
  14: 'sourceRepositoryRef',
  15: 'sourceRepositoryIdentifier',
  16: 'sourceRepositoryOwnerURI',
  17: 'sourceRepositoryOwnerIdentifier',
  18: 'buildConfigURI',
  19: 'buildConfigDigest',
  20: 'buildTrigger',
  21: 'runInvocationURI',
  22: 'sourceRepositoryVisibilityAtSigning',
  23: 'deploymentEnvironment',
  24: 'tokenSubject',
};

/** Extensions up to here hold bare text, those above a DER UTF8String (oid-info.md "Extension values"). */
const LAST_BARE = 7;

/** Other names that policies use: Kyverno's `oidcIssuer`. */
const ALIASES: Readonly<Record<string, string>> = { oidcIssuer: 'issuer' };

/** More names or extensions than any real certificate has. */
const MAX_NAMES = 64;

/**
 * The identity in a certificate.
 * @returns the reason as a string where it cannot be read without doubt.
 */
export function readIdentity(certificate: Certificate): Identity | string {
  try {
    const extensions = readExtensions(certificate);
    const issuer = extensions['issuerV2'] ?? extensions['issuer'];
    return { subjects: readSubjects(certificate), issuer, extensions };
  } catch (error) {
    return `identity cannot be read: ${messageOf(error)}`;
  }
}

/** The name under which {@link Identity} holds an extension that a policy gives by name or identifier; undefined for an unknown one. */
export function extensionName(written: string): string | undefined {
  const name = ALIASES[written] ?? written;
  if (Object.values(EXTENSION_NAMES).includes(name)) return name;
  if (!written.startsWith(`${FULCIO}.`)) return undefined;
  return EXTENSION_NAMES[written.slice(FULCIO.length + 1)] ?? written;
}

function readExtensions({ extensions }: Certificate): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [oid, { value }] of extensions) {
    if (!oid.startsWith(`${FULCIO}.`)) continue;
    const number = oid.slice(FULCIO.length + 1);
    found[EXTENSION_NAMES[number] ?? oid] =
      Number(number) <= LAST_BARE ? strictText(value) : utf8String(value);
  }
  return found;
}

function utf8String(value: Buffer): string {
  return strictText(readDer(value, DER_TAG.utf8String).contents);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws {TypeError} for bytes that are not UTF-8: two readers could see different names. */
function strictText(bytes: Buffer): string {
  return UTF8.decode(bytes);
}

function readSubjects({ extensions }: Certificate): readonly SubjectName[] {
  const extension = extensions.get(EXTENSION.subjectAltName);
  if (extension === undefined) return [];
  const names = derElements(readDer(extension.value, DER_TAG.sequence).contents);
  if (names.length > MAX_NAMES) throw new RangeError(`more than ${MAX_NAMES} names`);
  return names.flatMap(readName).filter(({ value }) => value !== '');
}

/** GeneralName's choices by tag (RFC 5280 §4.2.1.6); those that identify nobody are passed over. */
function readName(name: DerElement): readonly SubjectName[] {
  switch (name.tag) {
    case 0x81:
      return [{ kind: 'email', value: strictText(name.contents) }];
    case 0x82:
      return [{ kind: 'dns', value: strictText(name.contents) }];
    case 0x86:
      return [{ kind: 'uri', value: strictText(name.contents) }];
    case 0x87:
      return [{ kind: 'ip', value: formatAddress(name.contents) }];
    case 0xa0:
      return readOtherName(name.contents);
    default:
      return [];
  }
}

/** Fulcio's user names: `[0] { OID …57264.1.7, [0] UTF8String }`. */
function readOtherName(contents: Buffer): readonly SubjectName[] {
  const [type, value] = derElements(contents);
  if (readOid(type) !== `${FULCIO}.7` || value?.tag !== 0xa0) return [];
  return [{ kind: 'username', value: utf8String(value.contents) }];
}

function formatAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: bytes.length >> 1 }, (_, index) =>
    bytes.readUInt16BE(index * 2).toString(16),
  );
  return groups.join(':');
}
