import type { Digest } from '../base/digest.ts';
import { RegistryError, type RegistryErrorCode } from '../registry/registry-error.ts';
import { messageOf } from '../base/coded-error.ts';
import { KeySourceError } from '../trust/key-source.ts';
import type { UnknownReason, Verdict } from './verdict.ts';

/** How each kind of registry trouble is reported, and whether trying again soon can help. */
const REASONS: Readonly<
  Record<Exclude<RegistryErrorCode, 'NOT_FOUND'>, { reason: UnknownReason; transient: boolean }>
> = {
  UNAUTHORIZED: { reason: 'REGISTRY_UNAUTHORIZED', transient: false },
  DENIED: { reason: 'REGISTRY_DENIED', transient: false },
  RATE_LIMITED: { reason: 'REGISTRY_RATE_LIMITED', transient: true },
  UNREACHABLE: { reason: 'REGISTRY_UNREACHABLE', transient: true },
  TIMEOUT: { reason: 'REGISTRY_TIMEOUT', transient: true },
  MALFORMED: { reason: 'REGISTRY_MALFORMED', transient: false },
  TOO_LARGE: { reason: 'EVIDENCE_TOO_LARGE', transient: false },
  DIGEST_MISMATCH: { reason: 'REGISTRY_MALFORMED', transient: false },
  NOT_RECORDED: { reason: 'NOT_RECORDED', transient: false },
};

/**
 * The verdict for something thrown while an image was looked at. Only "there is no such image" is a
 * definite no; everything else is "could not find out", never "not signed" (MUST-NOT-HAPPEN 32).
 */
export function verdictOfError(image: string, error: unknown, digest: Digest | undefined): Verdict {
  if (error instanceof RegistryError && error.code === 'NOT_FOUND') {
    const message = `image ${image} does not exist in its registry`;
    return { kind: 'fail', reason: 'IMAGE_NOT_FOUND', message, details: [error.message], digest };
  }
  return {
    kind: 'error',
    ...unknownReason(error),
    message: `could not find out whether ${image} is signed: ${messageOf(error)}`,
    details: [],
    digest,
    retryAfterSeconds: error instanceof RegistryError ? error.retryAfterSeconds : undefined,
  };
}

/** Why a registry did not tell; undefined for anything else, and where it told that there is no such thing. */
export function registryReason(error: unknown): UnknownReason | undefined {
  if (!(error instanceof RegistryError) || error.code === 'NOT_FOUND') return undefined;
  return REASONS[error.code].reason;
}

function unknownReason(error: unknown): { reason: UnknownReason; transient: boolean } {
  if (error instanceof RegistryError && error.code !== 'NOT_FOUND') return REASONS[error.code];
  if (error instanceof KeySourceError)
    return { reason: 'KEY_UNAVAILABLE', transient: error.transient };
  if (error instanceof DOMException) return { reason: 'DEADLINE_EXCEEDED', transient: true };
  return { reason: 'INTERNAL_ERROR', transient: false };
}
