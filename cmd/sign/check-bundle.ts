import { createHash } from 'node:crypto';
import { messageOf } from '#shared/base/coded-error.ts';
import type { Digest } from '#shared/base/digest.ts';
import type { SignedEnvelope } from '#shared/signature/signed-entity.ts';
import { readBundle } from '#shared/signature/sigstore-bundle.ts';
import { parseCertificate } from '#shared/trust/certificate.ts';
import type { PublicKey } from '#shared/trust/public-key.ts';
import { bindingProblem, type LogSigner } from '#shared/verification/log-binding.ts';
import { envelopeBytes } from '#shared/verification/signed-bytes.ts';
import { readTimestampResponse } from '#shared/verification/timestamp-token.ts';
import { SigningError } from './signing-error.ts';

/** A bundle that is about to be stored, as verifiers will read it. */
export interface CheckedBundle {
  readonly entity: SignedEnvelope;
  /** The key that was given, or the certificate that the authority issued. */
  readonly signer: LogSigner;
}

/**
 * Reads a new bundle as a verifier does: every log entry and every timestamp must be about this very signature.
 * Whether log and authority are to be trusted is for those who verify; what they could never accept is told
 * here, where it can still be made anew.
 * @throws {SigningError}
 */
export function checkBundle(bundle: Buffer, digest: Digest, key?: PublicKey): CheckedBundle {
  const entity = readBundle(bundle, {
    place: 'file',
    repository: '',
    manifestDigest: digest,
    layer: 0,
  });
  if (typeof entity === 'string') throw new SigningError('BUNDLE', `Cannot sign: ${entity}`);
  if (entity.kind !== 'dsse') throw new SigningError('BUNDLE', 'Cannot sign: it is no envelope');
  const signer = signerOf(entity, key);
  checkLogEntries(entity, signer);
  for (const timestamp of entity.time.timestamps) checkTimestamp(timestamp, entity);
  if (signer.kind === 'certificate') checkTime(entity);
  return { entity, signer };
}

function signerOf({ signer }: SignedEnvelope, key: PublicKey | undefined): LogSigner {
  if (key !== undefined) return { kind: 'key', key };
  const certificate =
    signer.kind === 'certificate'
      ? parseCertificate(signer.certificate)
      : 'found no certificate in the bundle';
  if (typeof certificate === 'string')
    throw new SigningError('CERTIFICATE', `Cannot sign: ${certificate}`);
  return { kind: 'certificate', certificate };
}

function checkLogEntries(entity: SignedEnvelope, signer: LogSigner): void {
  const { logEntries, unreadable } = entity.time;
  const signed = envelopeBytes(entity);
  const problems = [
    ...unreadable,
    ...logEntries.flatMap(
      (entry) => bindingProblem(entry, { entity, signed, signer })?.message ?? [],
    ),
  ];
  const [first] = problems;
  if (first !== undefined)
    throw new SigningError('LOG', `Cannot use what the transparency log answered: ${first}`);
}

/** A certificate is over in minutes: somebody must vouch for the time of the signature. */
function checkTime({ time }: SignedEnvelope): void {
  const isKnown =
    time.timestamps.length > 0 || time.logEntries.some(({ promise }) => promise !== undefined);
  if (!isKnown)
    throw new SigningError(
      'LOG',
      'Cannot use what the transparency log answered: it has no signed entry timestamp, and no timestamp authority was asked',
    );
}

function checkTimestamp(timestamp: Buffer, { signature }: SignedEnvelope): void {
  const cannot = (why: string): SigningError =>
    new SigningError('TIMESTAMP', `Cannot use what the timestamp authority answered: ${why}`);
  let isOver: boolean;
  try {
    const { imprint } = readTimestampResponse(timestamp);
    isOver = createHash(imprint.algorithm).update(signature).digest().equals(imprint.digest);
  } catch (error) {
    throw cannot(`it cannot be read: ${messageOf(error)}`);
  }
  if (!isOver) throw cannot('it is of something else than this signature');
}
