import { stringAt } from '../base/json-value.ts';
import { parsePublicKeys, type PublicKey } from '../trust/public-key.ts';
import type { AttestorDefaults } from './attestor-defaults.ts';
import { READER_RULES } from './fault-rules.ts';
import { oneOf, quote, type Fields } from './fields.ts';
import type { KeyAttestor, KeyReferenceAttestor } from './model.ts';
import { parseField } from './parse-field.ts';
import { readCtlog } from './read-ctlog.ts';
import { readLog } from './read-log.ts';
import { VARIABLE } from './variables.ts';

const ALGORITHMS = ['sha224', 'sha256', 'sha384', 'sha512'] as const;

/** Where keys can come from; exactly one. */
const SOURCES = ['publicKeys', 'secret', 'kms'] as const;

/** What cosign's loader takes for a reference instead of a key. */
const KEY_REFERENCE = /^[a-z0-9]+:\/\//;

/** Those that the engine can follow. */
const KNOWN_REFERENCE = /^(?:k8s|awskms|gcpkms|azurekms|hashivault):\/\/./;

type KeyLike = KeyAttestor | KeyReferenceAttestor;

/** One key, or where to find some. */
export type KeySource =
  Pick<KeyAttestor, 'kind' | 'key'> | Pick<KeyReferenceAttestor, 'kind' | 'uri' | 'hash'>;

/**
 * Reads `keys`: one attestor for each PEM block or reference that counts. Undefined where they cannot be used.
 */
export function readKeys(
  fields: Fields,
  { annotations, repository, keysOfText, policyNamespace }: AttestorDefaults,
): readonly KeyLike[] | undefined {
  const hash = fields.choice('signatureAlgorithm', ALGORITHMS);
  const log = readLog(fields, policyNamespace);
  const { timestamps } = readCtlog(fields, log);
  if ((stringAt(fields.json('ctlog'), 'pubkey') ?? '') !== '')
    fields.faultAt(
      `${fields.at('ctlog')}.pubkey`,
      'warning',
      'has no effect on keys, only certificates are in that log',
    );
  const sources = readSources(fields, hash);
  reportForeignSecrets(fields, sources ?? [], policyNamespace);
  fields.end();
  const common = { path: fields.path, log, timestamps, annotations, repository };
  const counted = keysOfText === 'first' ? firstOf(fields, sources) : sources;
  return counted?.map((source) => ({ ...source, ...common }));
}

function firstOf(
  fields: Fields,
  sources: readonly KeySource[] | undefined,
): readonly KeySource[] | undefined {
  if (sources !== undefined && sources.length > 1)
    fields.fault(
      READER_RULES.laterKeys,
      `found ${sources.length} keys, of which an attestation takes the first, as in Kyverno 1.19; write each in an entry of its own, and "count" for how many must have attested`,
      'publicKeys',
    );
  return sources?.slice(0, 1);
}

/** A policy of a namespace must not show what Secrets of others hold, or that they exist (MUST-NOT-HAPPEN 20). */
export function reportForeignSecrets(
  fields: Fields,
  sources: readonly KeySource[],
  policyNamespace: string | undefined,
): void {
  if (policyNamespace === undefined) return;
  for (const source of sources) {
    if (source.kind === 'key' || !source.uri.startsWith('k8s://')) continue;
    if (VARIABLE.test(source.uri) || source.uri.startsWith(`k8s://${policyNamespace}/`)) continue;
    fields.fault(
      'unsupported',
      `found ${quote(source.uri)}, expected "k8s://${policyNamespace}/NAME": a policy of a namespace uses Secrets of that namespace only`,
    );
  }
}

function readSources(fields: Fields, hash: PublicKey['hash']): readonly KeySource[] | undefined {
  const [source, ...more] = SOURCES.filter((candidate) => fields.has(candidate));
  if (source === undefined || more.length > 0) {
    const found = source === undefined ? 'none of them' : [source, ...more].join(' and ');
    fields.fault('error', `found ${found}, expected exactly one of ${oneOf(SOURCES)}`);
    return undefined;
  }
  if (source === 'secret') return readSecret(fields, hash);
  return source === 'kms' ? readKms(fields, hash) : readKeyText(fields, 'publicKeys', hash);
}

/** A Secret is named by its parts, as cosign names it by a reference (Kyverno 1.19). */
function readSecret(fields: Fields, hash: PublicKey['hash']): readonly KeySource[] | undefined {
  const secret = fields.object('secret');
  if (secret === undefined) return undefined;
  const parts = ['namespace', 'name'].map((key) => {
    const part = secret.string(key) ?? '';
    if (part === '' || (!VARIABLE.test(part) && !DNS_NAME.test(part)))
      secret.fault('error', `found ${quote(part)}, expected the ${key} of a Secret`, key);
    return part;
  });
  secret.end();
  return [{ kind: 'key-reference', uri: `k8s://${parts.join('/')}`, hash }];
}

/** Names of namespaces and Secrets: nothing that would mean something else in a reference. */
const DNS_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

function readKms(fields: Fields, hash: PublicKey['hash']): readonly KeySource[] | undefined {
  const uri = fields.string('kms')?.trim();
  if (uri === undefined || VARIABLE.test(uri)) return undefined;
  if (KEY_REFERENCE.test(uri)) return readReference(fields, 'kms', { uri, hash });
  fields.fault('error', `found ${quote(uri)}, expected a reference such as "awskms://…"`, 'kms');
  return undefined;
}

/**
 * The keys of a text: PEM blocks, or a reference to keys. Undefined where they cannot be used; texts with
 * variables are left to the caller, who reports all of them at once.
 */
export function readKeyText(
  fields: Fields,
  key: string,
  hash: PublicKey['hash'],
): readonly KeySource[] | undefined {
  const uri = fields.string(key)?.trim();
  if (uri !== undefined && !VARIABLE.test(uri) && KEY_REFERENCE.test(uri))
    return readReference(fields, key, { uri, hash });
  if (uri === '') fields.fault('error', 'is empty, expected public keys as PEM', key);
  const keys = parseField(fields, key, (text) => parsePublicKeys(text, hash));
  return keys?.map((parsed) => ({ kind: 'key', key: parsed }));
}

function readReference(
  fields: Fields,
  key: string,
  { uri, hash }: { readonly uri: string; readonly hash: PublicKey['hash'] },
): readonly KeySource[] | undefined {
  if (KNOWN_REFERENCE.test(uri)) return [{ kind: 'key-reference', uri, hash }];
  const message = `the key reference ${quote(uri)} is not supported yet, write the key as PEM`;
  fields.fault('unsupported', message, key);
  return undefined;
}
