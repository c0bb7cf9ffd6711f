import { PublicKeyError, parsePublicKeys } from '../trust/public-key.ts';
import { oneOf, quote, type Fields } from './fields.ts';
import { VARIABLE } from './variables.ts';
import type { PublicKey } from '../trust/public-key.ts';
import type { KeyAttestor, LogRequirement } from './model.ts';

/** What a key attestor takes from what stands around it. */
export interface KeyDefaults {
  readonly annotations: Readonly<Record<string, string>>;
  readonly repository: string | undefined;
}

/** Kyverno's default: even static keys need a log entry (Kyverno 1.19). */
const DEFAULT_REKOR_URL = 'https://rekor.sigstore.dev';

export const PUBLIC_LOG: LogRequirement = {
  kind: 'required',
  url: DEFAULT_REKOR_URL,
  publicKeys: [],
};

const ALGORITHMS = ['sha224', 'sha256', 'sha384', 'sha512'] as const;

/** Where keys can come from; exactly one. */
const SOURCES = ['publicKeys', 'secret', 'kms'] as const;

/** Key references that cosign's loader knows; they need the cluster or the network. */
const KEY_REFERENCE = /^[a-z0-9]+:\/\//;

/** Reads `keys`: one attestor for each PEM block. Undefined where they cannot be used. */
export function readKeys(
  fields: Fields,
  defaults: KeyDefaults,
): readonly KeyAttestor[] | undefined {
  const hash = fields.choice('signatureAlgorithm', ALGORITHMS);
  const log = readLog(fields);
  refuseCtlog(fields);
  const keys = readSources(fields, hash);
  fields.end();
  if (keys === undefined || log === undefined) return undefined;
  return keys.map((key) => ({ kind: 'key', path: fields.path, key, log, ...defaults }));
}

function readSources(fields: Fields, hash: PublicKey['hash']): readonly PublicKey[] | undefined {
  const sources = SOURCES.filter((source) => fields.has(source));
  if (sources.length !== 1) {
    const found = sources.length === 0 ? 'none of them' : sources.join(' and ');
    fields.fault('error', `found ${found}, expected exactly one of ${oneOf(SOURCES)}`);
    return undefined;
  }
  fields.unsupported(
    'secret',
    'a key in a Secret is not supported yet, write it as PEM in "publicKeys"',
  );
  fields.unsupported(
    'kms',
    'keys in a KMS are not supported yet, write the public key as PEM in "publicKeys"',
  );
  const text = fields.string('publicKeys');
  return text === undefined ? undefined : readPem(fields, 'publicKeys', { text, hash });
}

/**
 * The keys of a PEM text. Undefined where they cannot be used; texts with variables are left to the caller,
 * who reports all of them at once.
 */
export function readPem(
  fields: Fields,
  key: string,
  source: { readonly text: string; readonly hash: PublicKey['hash'] },
): readonly PublicKey[] | undefined {
  const text = source.text.trim();
  if (VARIABLE.test(text)) return undefined;
  if (KEY_REFERENCE.test(text)) {
    fields.fault(
      'unsupported',
      `the key reference ${quote(text)} is not supported yet, write the key as PEM`,
      key,
    );
    return undefined;
  }
  try {
    return parsePublicKeys(text, source.hash);
  } catch (error) {
    if (!(error instanceof PublicKeyError)) throw error;
    fields.fault('error', error.message, key);
    return undefined;
  }
}

/** `rekor`: absent means that an entry in the public log is required. */
function readLog(fields: Fields): LogRequirement | undefined {
  const rekor = fields.object('rekor');
  if (rekor === undefined) return PUBLIC_LOG;
  const isIgnored = rekor.boolean('ignoreTlog') ?? false;
  const url = readUrl(rekor);
  const text = rekor.string('pubkey');
  const publicKeys =
    text === undefined || text === '' ? [] : readPem(rekor, 'pubkey', { text, hash: undefined });
  rekor.end();
  if (isIgnored) return { kind: 'ignored' };
  return publicKeys === undefined ? undefined : { kind: 'required', url, publicKeys };
}

function readUrl(rekor: Fields): string {
  const url = rekor.string('url');
  if (url === undefined || url === '') return DEFAULT_REKOR_URL;
  if (!VARIABLE.test(url) && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    rekor.fault('error', `found ${quote(url)}, expected an http or https URL`, 'url');
  return url;
}

/** Certificate timestamps play no part for bare keys; signed timestamps do, and are not read yet. */
function refuseCtlog(fields: Fields): void {
  const ctlog = fields.object('ctlog');
  if (ctlog === undefined) return;
  ctlog.boolean('ignoreSCT');
  const pubkey = ctlog.string('pubkey');
  const chain = ctlog.string('tsaCertChain');
  ctlog.end();
  if (pubkey !== undefined && pubkey !== '')
    ctlog.fault('warning', 'has no effect on keys, only certificates are in that log', 'pubkey');
  if (chain !== undefined && chain !== '')
    ctlog.fault('unsupported', 'signed timestamps are not supported yet', 'tsaCertChain');
}
