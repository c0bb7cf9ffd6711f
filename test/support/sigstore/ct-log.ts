import { createHash } from 'node:crypto';
import { type CertificateFields, type Extension, tbsCertificate } from './certificate.ts';
import { octetString } from './der.ts';
import { type KeyType, type SigningKey, createSigningKey, keyId } from './signing-key.ts';

const SCT_OID = '1.3.6.1.4.1.11129.2.4.2';

/** TLS identifiers (RFC 5246 §7.4.1.4.1). */
const TLS_HASH = { sha256: 4, sha384: 5, sha512: 6 } as const;
const TLS_RSA = 1;
const TLS_ECDSA = 3;

export interface SctOptions {
  readonly at: Date;
  /** CtExtensions of the SCT. */
  readonly extensions?: Buffer;
  /** Changes the finished SCT, to make it wrong. */
  readonly tamper?: (sct: Buffer) => Buffer;
}

/** A certificate transparency log that only ever answers "submitted": SCTs for precertificates. */
export interface CtLog {
  readonly key: SigningKey;
  readonly logId: Buffer;
  /** One SCT (RFC 6962 §3.2) for what will become a certificate of `issuerKey`. */
  readonly sct: (
    certificate: CertificateFields & { readonly serial: Buffer },
    issuerKey: SigningKey,
    options: SctOptions,
  ) => Buffer;
}

export function createCtLog(keyType: KeyType = 'ecdsa-p256'): CtLog {
  const key = createSigningKey(keyType);
  const logId = keyId(key);
  return {
    key,
    logId,
    sct: (certificate, issuerKey, { at, extensions = Buffer.alloc(0), tamper = same }) => {
      const timestamp = uint(at.getTime(), 8);
      const tbs = tbsCertificate(certificate, issuerKey);
      const issuerKeyHash = createHash('sha256').update(issuerKey.spki).digest();
      const signed = Buffer.concat([
        Buffer.from([0, 0]),
        timestamp,
        uint(1, 2),
        issuerKeyHash,
        vector(tbs, 3),
        vector(extensions, 2),
      ]);
      const algorithm = Buffer.from([
        TLS_HASH[key.hash ?? 'sha256'],
        key.type.startsWith('rsa') ? TLS_RSA : TLS_ECDSA,
      ]);
      const signature = vector(key.sign(signed), 2);
      const version = Buffer.alloc(1);
      const sct = [version, logId, timestamp, vector(extensions, 2), algorithm, signature];
      return tamper(Buffer.concat(sct));
    },
  };
}

/** The extension that carries SCTs inside a certificate (RFC 6962 §3.3). */
export function sctExtension(scts: readonly Buffer[]): Extension {
  const list = vector(Buffer.concat(scts.map((sct) => vector(sct, 2))), 2);
  return { oid: SCT_OID, value: octetString(list) };
}

function same(sct: Buffer): Buffer {
  return sct;
}

/** TLS opaque vector: its length in `width` bytes, then the bytes. */
function vector(content: Buffer, width: number): Buffer {
  return Buffer.concat([uint(content.length, width), content]);
}

function uint(value: number, width: number): Buffer {
  return Buffer.from(value.toString(16).padStart(width * 2, '0'), 'hex');
}
