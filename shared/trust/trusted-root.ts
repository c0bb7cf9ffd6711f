import {
  type CertificateAuthority,
  type TransparencyLogInstance,
  TrustedRoot,
} from '@sigstore/protobuf-specs';
import { CodedError, messageOf } from '../base/coded-error.ts';
import type { Fault } from '../base/fault.ts';
import { malformedBytes } from '../base/malformed-bytes.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { type Authority, authorityOf } from './authority.ts';
import { parseCertificate } from './certificate.ts';
import { type LogKey, logKey, type ValidityPeriod } from './log-key.ts';
import { type TrustMaterial, trustMaterial } from './trust-material.ts';

export type TrustedRootErrorCode = 'TOO_LARGE' | 'MALFORMED' | 'MEDIA_TYPE' | 'EMPTY';

/** A `trusted_root.json` that cannot be used at all. */
export class TrustedRootError extends CodedError<TrustedRootErrorCode> {}

/** The public good instance's is 7 kB. */
export const MAX_TRUSTED_ROOT_BYTES: number = 1024 * 1024;

const MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
]);

/** Members of type `bytes` in its protobuf messages. */
const BYTE_FIELDS: ReadonlySet<string> = new Set(['keyId', 'rawBytes']);

export interface ReadTrustedRoot {
  /** The document, as it was read. */
  readonly json: string;
  readonly material: TrustMaterial;
  /** Entries that were left out, because they cannot be used; nothing is verified with them. */
  readonly faults: readonly Fault[];
}

/**
 * Reads Sigstore's trust root document. An entry that is faulty is left out and reported: a new kind of key
 * in a root that is fetched must not take the old ones away. An entry without a start of its validity is
 * faulty: "valid since ever" is never meant.
 * @throws {TrustedRootError} if it is no such document, or nothing in it can be used.
 */
export function readTrustedRoot(json: string): ReadTrustedRoot {
  const root = parse(json);
  const faults: Fault[] = [];
  const collect = <Entry, Value>(
    name: string,
    entries: readonly Entry[],
    read: (entry: Entry) => Value | string,
  ): readonly Value[] =>
    entries.flatMap((entry, index) => {
      const value = read(entry);
      if (typeof value !== 'string') return [value];
      const message = `${value}; the entry is not used`;
      faults.push({ severity: 'warning', path: `${name}[${index}]`, message });
      return [];
    });
  const material = trustMaterial({
    certificateAuthorities: collect(
      'certificateAuthorities',
      root.certificateAuthorities,
      readAuthority,
    ),
    timestampAuthorities: collect('timestampAuthorities', root.timestampAuthorities, readAuthority),
    logs: collect('tlogs', root.tlogs, readLog),
    ctLogs: collect('ctlogs', root.ctlogs, readLog),
  });
  if (isEmpty(material)) {
    const why = faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new TrustedRootError(
      'EMPTY',
      `Cannot use trusted root: found no usable authority or log${why === '' ? '' : ` (${why})`}`,
    );
  }
  return { json, material, faults };
}

function parse(json: string): TrustedRoot {
  if (json.length > MAX_TRUSTED_ROOT_BYTES) {
    throw new TrustedRootError(
      'TOO_LARGE',
      `Cannot read trusted root: found ${json.length} characters, expected at most ${MAX_TRUSTED_ROOT_BYTES}`,
    );
  }
  let root: TrustedRoot;
  try {
    const document = parseStrictJson(json);
    const malformed = malformedBytes(document, BYTE_FIELDS);
    if (malformed !== undefined) throw new TypeError(`${malformed} is not base64`);
    root = TrustedRoot.fromJSON(document);
  } catch (cause) {
    throw new TrustedRootError(
      'MALFORMED',
      `Cannot read trusted root: ${messageOf(cause)}, expected the document "trusted_root.json" of a Sigstore instance`,
      { cause },
    );
  }
  if (!MEDIA_TYPES.has(root.mediaType)) {
    throw new TrustedRootError(
      'MEDIA_TYPE',
      `Cannot read trusted root: found mediaType ${JSON.stringify(root.mediaType)}, expected "${[...MEDIA_TYPES][0]}"`,
    );
  }
  return root;
}

function isEmpty(material: TrustMaterial): boolean {
  const { certificateAuthorities, timestampAuthorities, logs, ctLogs } = material;
  return [certificateAuthorities, timestampAuthorities, logs, ctLogs].every(
    ({ length }) => length === 0,
  );
}

function readAuthority(entry: CertificateAuthority): Authority | string {
  const validFor = readPeriod(entry.validFor);
  if (typeof validFor === 'string') return validFor;
  const parsed = (entry.certChain?.certificates ?? []).map(({ rawBytes }) =>
    parseCertificate(rawBytes),
  );
  const certificates = parsed.filter((certificate) => typeof certificate !== 'string');
  const wrong = parsed.find((certificate) => typeof certificate === 'string');
  if (wrong !== undefined) return wrong;
  return authorityOf(certificates, { uri: entry.uri, operator: entry.operator, validFor });
}

function readLog(entry: TransparencyLogInstance): LogKey | string {
  const { rawBytes, validFor } = entry.publicKey ?? {};
  if (rawBytes === undefined) return 'publicKey.rawBytes is missing';
  const period = readPeriod(validFor);
  if (typeof period === 'string') return `publicKey.${period}`;
  const ids = [entry.logId, entry.checkpointKeyId].flatMap((id) =>
    id === undefined ? [] : [id.keyId],
  );
  return logKey(rawBytes, {
    url: entry.baseUrl,
    operator: entry.operator,
    ids,
    validFor: period,
  });
}

function readPeriod(
  validFor: { readonly start?: Date | undefined; readonly end?: Date | undefined } | undefined,
): ValidityPeriod | string {
  const start = validFor?.start?.getTime();
  const end = validFor?.end === undefined ? Infinity : validFor.end.getTime();
  if (start === undefined) return 'validFor.start is missing';
  if (Number.isNaN(start) || Number.isNaN(end)) return 'validFor holds no time';
  return { start, end };
}
