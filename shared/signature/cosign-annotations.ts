import { decodeBase64 } from '../base/base64.ts';
import { messageOf } from '../base/coded-error.ts';
import { stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { readRekorBundle } from './log-entry.ts';
import { splitPem } from './pem-blocks.ts';
import type { SignerClaim, SigningTimeClaims } from './signed-entity.ts';

/** cosign's annotations on a signature or attestation layer (cosign SIGNATURE_SPEC). */
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const REKOR_BUNDLE = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/** Certificates after these are not looked at: they can only help to find a path. */
const MAX_CHAIN = 10;

type Annotations = Readonly<Record<string, string>>;

const PLAIN_KEY: SignerClaim = { kind: 'public-key', hint: undefined };

/** What most signatures with a key say, once for all of them. */
const NO_TIME: SigningTimeClaims = { logEntries: [], timestamps: [], unreadable: [] };

/** Who the annotations say signed. @returns the reason as a string where that cannot be read. */
export function readCosignSigner(annotations: Annotations): SignerClaim | string {
  const certificate = annotations[CERTIFICATE] ?? '';
  if (certificate === '') return PLAIN_KEY;
  const [leaf] = splitPem(certificate, 'CERTIFICATE');
  if (leaf === undefined) return `annotation ${CERTIFICATE} holds no PEM certificate`;
  const chain = splitPem(annotations[CHAIN] ?? '', 'CERTIFICATE').slice(0, MAX_CHAIN);
  return { kind: 'certificate', certificate: leaf, chain };
}

/**
 * Log entry and timestamp of the annotations. A damaged one is noted, not fatal: a plain key's signature
 * needs neither.
 */
export function readCosignTime(annotations: Annotations): SigningTimeClaims {
  const entry = read(annotations, REKOR_BUNDLE, (text) => readRekorBundle(parseStrictJson(text)));
  const timestamp = read(annotations, TIMESTAMP, readTimestamp);
  if (entry === undefined && timestamp === undefined) return NO_TIME;
  return {
    logEntries: [entry].filter((value) => typeof value === 'object'),
    timestamps: [timestamp].filter((value) => typeof value === 'object'),
    unreadable: [entry, timestamp].filter((value) => typeof value === 'string'),
  };
}

function read<Value>(
  annotations: Annotations,
  name: string,
  reader: (text: string) => Value | string,
): Value | string | undefined {
  const text = annotations[name] ?? '';
  if (text === '' || text === 'null') return undefined;
  try {
    const value = reader(text);
    return typeof value === 'string' ? `annotation ${name}: ${value}` : value;
  } catch (error) {
    return `annotation ${name} cannot be read: ${messageOf(error)}`;
  }
}

function readTimestamp(text: string): Buffer | string {
  const token = decodeBase64(stringAt(parseStrictJson(text), 'SignedRFC3161Timestamp') ?? '');
  return token ?? 'SignedRFC3161Timestamp is missing or not base64';
}
