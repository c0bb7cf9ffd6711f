import { createHash } from 'node:crypto';
import { DER_TAG, derElements, readDer } from '../base/der.ts';
import { encodeDer, readOid } from '../base/der-values.ts';
import { messageOf } from '../base/coded-error.ts';
import type { Certificate } from '../trust/certificate.ts';
import type { LogKey } from '../trust/log-key.ts';
import { type HashName, type SignatureScheme, verifyScheme } from '../trust/signature-scheme.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';
import { readScts, type Sct } from './sct-list.ts';

/** RFC 6962 §3.3: the list of SCTs that a certificate carries. */
const SCT_EXTENSION = '1.3.6.1.4.1.11129.2.4.2';

/**
 * Verifies that a certificate is in a certificate transparency log, by the SCTs that are embedded in it.
 * @param issuer the next certificate of the path: its key is part of what was signed.
 * @returns the logs that vouch for it; the most telling reason where there is none.
 */
export function verifyScts(
  certificate: Certificate,
  issuer: Certificate,
  logs: readonly LogKey[],
): readonly LogKey[] | EvidenceProblem {
  const extension = certificate.extensions.get(SCT_EXTENSION);
  if (extension === undefined)
    return problem('SCT_MISSING', 'certificate has no signed certificate timestamp (SCT)');
  let scts: readonly Sct[];
  let entry: Buffer;
  try {
    scts = readScts(extension.value);
    entry = precertificateEntry(certificate, issuer);
  } catch (error) {
    return problem('SCT_MALFORMED', `SCT cannot be read: ${messageOf(error)}`);
  }
  if (scts.length === 0) return problem('SCT_MISSING', 'certificate has an empty list of SCTs');
  const results = scts.map((sct) => verifySct(sct, entry, logs));
  const verified = results.filter((result) => 'url' in result);
  const invalid = results.filter((result) => 'code' in result);
  const worst = invalid.find(({ code }) => code === 'SCT_INVALID') ?? invalid[0];
  return verified.length === 0 && worst !== undefined ? worst : [...new Set(verified)];
}

/** A log that is not known is no proof of anything; only the known ones are asked. */
function verifySct(sct: Sct, entry: Buffer, logs: readonly LogKey[]): LogKey | EvidenceProblem {
  const known = logs.filter(({ ids }) => ids.includes(sct.logId));
  if (known.length === 0)
    return problem(
      'SCT_UNKNOWN_LOG',
      `SCT is of a log that is not trusted (${sct.logId.slice(0, 16)})`,
    );
  const covering = known.filter(
    ({ validFor }) => validFor.start <= sct.timestamp && sct.timestamp <= validFor.end,
  );
  if (covering.length === 0)
    return problem('SCT_INVALID', 'SCT was made outside the time for which its log is trusted');
  const scheme = schemeOf(sct);
  const data = Buffer.concat([sct.head, entry, sct.extensions]);
  const signature = scheme === undefined ? undefined : { scheme, value: sct.signature };
  const log = covering.find(
    ({ key }) => signature !== undefined && verifyScheme(data, signature, key),
  );
  return log ?? problem('SCT_INVALID', 'SCT was not signed by its log for this certificate');
}

/** TLS 1.2's numbers (RFC 5246 §7.4.1.4.1). */
const HASHES: readonly (HashName | undefined)[] = [
  undefined,
  undefined,
  undefined,
  undefined,
  'sha256',
  'sha384',
  'sha512',
];
const KINDS: readonly (SignatureScheme['kind'] | undefined)[] = [
  undefined,
  'rsa',
  undefined,
  'ecdsa',
];

function schemeOf({ algorithm }: Sct): SignatureScheme | undefined {
  const hash = HASHES[algorithm.hash];
  const kind = KINDS[algorithm.signature];
  return hash === undefined || kind === undefined ? undefined : { kind, hash };
}

/** RFC 6962 §3.2: the issuer's key hash and the certificate's signed part without the SCTs. */
function precertificateEntry({ tbs }: Certificate, issuer: Certificate): Buffer {
  const body = withoutScts(tbs);
  const length = Buffer.alloc(3);
  length.writeUIntBE(body.length, 0, 3);
  return Buffer.concat([createHash('sha256').update(issuer.spki).digest(), length, body]);
}

function withoutScts(tbs: Buffer): Buffer {
  const parts = derElements(readDer(tbs, DER_TAG.sequence).contents).map((part) => {
    if (part.tag !== 0xa3) return part.raw;
    const extensions = derElements(readDer(part.contents, DER_TAG.sequence).contents)
      .filter(({ contents }) => readOid(derElements(contents)[0]) !== SCT_EXTENSION)
      .map(({ raw }) => raw);
    return encodeDer(0xa3, [encodeDer(DER_TAG.sequence, extensions)]);
  });
  return encodeDer(DER_TAG.sequence, parts);
}
