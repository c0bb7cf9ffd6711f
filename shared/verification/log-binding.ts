import type { LogEntry } from '../signature/log-entry.ts';
import type { SignedEntity } from '../signature/signed-entity.ts';
import { type Certificate, parseCertificate } from '../trust/certificate.ts';
import type { PublicKey } from '../trust/public-key.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';
import { type LoggedSignature, readLogBody } from './log-body.ts';
import { digestOf, type SignedBytes } from './signed-bytes.ts';

/** With a certificate the entry must hold this very certificate; with a key, that key in any form. */
export type LogSigner =
  | { readonly kind: 'certificate'; readonly certificate: Certificate }
  | { readonly kind: 'key'; readonly key: PublicKey };

/** The signature that an entry must be about, and whose it is. */
export interface SignatureBinding {
  readonly entity: SignedEntity;
  readonly signed: SignedBytes;
  readonly signer: LogSigner;
}

/**
 * Whether the logged document is about this signature: digest, signature and signer (MUST-NOT-HAPPEN 13,
 * CVE-2026-22703: all three, for every kind of entry).
 */
export function bindingProblem(
  entry: LogEntry,
  binding: SignatureBinding,
): EvidenceProblem | undefined {
  const logged = readLogBody(entry);
  if ('code' in logged) return logged;
  const expected = expectedDigest(logged, binding);
  if (expected?.equals(logged.digest) !== true)
    return problem('LOG_BODY_DIGEST', 'log entry is about other content');
  const { signature } = binding.entity;
  if (logged.signatures?.some((logged) => logged.equals(signature)) === false)
    return problem('LOG_BODY_SIGNATURE', 'log entry is about another signature');
  if (!isSigner(logged.verifier, binding.signer))
    return problem('LOG_BODY_SIGNER', 'log entry is about another key or certificate');
  return undefined;
}

function expectedDigest(
  { over, algorithm }: LoggedSignature,
  { entity, signed }: SignatureBinding,
): Buffer | undefined {
  switch (over) {
    case 'signed-bytes':
      return digestOf(signed, algorithm);
    case 'payload':
      return entity.kind === 'dsse' ? hash(entity.payload, algorithm) : undefined;
    case 'envelope':
      return entity.kind === 'dsse' && entity.envelope !== undefined
        ? hash(entity.envelope, algorithm)
        : undefined;
  }
}

function hash(bytes: Buffer, algorithm: string): Buffer | undefined {
  return digestOf({ kind: 'bytes', bytes }, algorithm);
}

function isSigner(verifier: Buffer, signer: LogSigner): boolean {
  if (signer.kind === 'certificate') return verifier.equals(signer.certificate.der);
  const spki = signer.key.key.export({ format: 'der', type: 'spki' });
  if (verifier.equals(spki)) return true;
  const certificate = parseCertificate(verifier);
  return typeof certificate !== 'string' && certificate.spki.equals(spki);
}
