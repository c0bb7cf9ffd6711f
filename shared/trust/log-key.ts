import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { messageOf } from '../base/coded-error.ts';

/** Milliseconds since the epoch, both ends inclusive; an end that is not known is Infinity. */
export interface ValidityPeriod {
  readonly start: number;
  readonly end: number;
}

/** A transparency log (Rekor) or certificate transparency log whose statements are believed. */
export interface LogKey {
  /** For messages; what a log calls itself in its checkpoints is not compared with it. */
  readonly url: string;
  /** Logs of one operator count as one (sigstore trust root specification, `operator`). */
  readonly operator: string;
  readonly key: KeyObject;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** Identifiers under which log entries and SCTs may name it, hex. */
  readonly ids: readonly string[];
  readonly validFor: ValidityPeriod;
}

/** The kinds of key that logs sign with; a key of any other kind cannot be checked. */
const LOG_KEY_TYPES: ReadonlySet<string> = new Set(['ec', 'ed25519', 'rsa']);

export interface LogKeyOptions {
  readonly url: string;
  readonly operator?: string;
  /** Identifiers that a trust root gives the log, beside the hash of its key. */
  readonly ids?: readonly Buffer[];
  readonly validFor?: ValidityPeriod;
}

/** A log from its public key. @returns the reason as a string where the key cannot be used. */
export function logKey(key: KeyObject | Buffer, options: LogKeyOptions): LogKey | string {
  const usable = Buffer.isBuffer(key) ? parseKey(key) : key;
  if (typeof usable === 'string') return usable;
  if (!LOG_KEY_TYPES.has(usable.asymmetricKeyType ?? ''))
    return `key type ${usable.asymmetricKeyType} is not supported`;
  const spki = usable.export({ format: 'der', type: 'spki' });
  const given = (options.ids ?? []).map((id) => id.toString('hex')).filter((id) => id !== '');
  const ids = [...new Set([...given, createHash('sha256').update(spki).digest('hex')])];
  return {
    url: options.url,
    operator: options.operator ?? '',
    key: usable,
    spki,
    ids,
    validFor: options.validFor ?? { start: -Infinity, end: Infinity },
  };
}

/**
 * The identifier of an Ed25519 key under the name that a checkpoint gives its log (C2SP signed-note,
 * "Signatures"), hex; undefined for other keys, whose identifier does not depend on a name.
 */
export function noteKeyId({ key, spki }: LogKey, name: string): string | undefined {
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  const raw = spki.subarray(-ED25519_KEY_BYTES);
  return createHash('sha256').update(`${name}\n\u0001`).update(raw).digest('hex');
}

/** Length of an Ed25519 public key at the end of its DER SubjectPublicKeyInfo (RFC 8410). */
const ED25519_KEY_BYTES = 32;

/** Keys are SPKI; the first trust roots had RSA keys in PKCS#1. */
function parseKey(der: Buffer): KeyObject | string {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch (error) {
    try {
      return createPublicKey({ key: der, format: 'der', type: 'pkcs1' });
    } catch {
      return `key cannot be read: ${messageOf(error)}`;
    }
  }
}
