import { isFailure, type NotationFailure } from './notation-reason.ts';
import { type VerifiedTimestamp, verifyTimestampToken } from './timestamp-token.ts';
import type { Certificate } from './certificate.ts';
import type { Envelope } from './envelope.ts';
import { type IntactEnvelope, verifyIntegrity } from './verify-integrity.ts';

/** Parsed certificates and keys of one envelope have some 20 kB: 20 MB when full. */
const MAX_KNOWN = 1000;

let known = new WeakMap<Buffer, Map<string, IntactEnvelope>>();
let count = 0;

/**
 * The same as {@link verifyIntegrity}, remembered under the very bytes that were given: nothing of it depends
 * on the time of day, or on whom a policy trusts. Only good envelopes are remembered.
 */
export function knownIntegrity(mediaType: string, bytes: Buffer): IntactEnvelope | NotationFailure {
  const before = known.get(bytes)?.get(mediaType);
  if (before !== undefined) return before;
  const intact = verifyIntegrity(mediaType, bytes);
  if (isFailure(intact)) return intact;
  if (count >= MAX_KNOWN) {
    known = new WeakMap();
    count = 0;
  }
  known.set(bytes, new Map([[mediaType, intact]]));
  count += 1;
  return intact;
}

type Anchors = readonly Certificate[];

const timestamps = new WeakMap<Envelope, WeakMap<Anchors, VerifiedTimestamp>>();

/** What the envelope's timestamp is worth under these anchors, remembered as long as both. */
export function knownTimestamp(
  envelope: Envelope,
  token: Buffer,
  anchors: Anchors,
): VerifiedTimestamp | NotationFailure {
  const before = timestamps.get(envelope)?.get(anchors);
  if (before !== undefined) return before;
  const verified = verifyTimestampToken(token, envelope.signature, anchors);
  if (isFailure(verified)) return verified;
  const byAnchors = timestamps.get(envelope) ?? new WeakMap<Anchors, VerifiedTimestamp>();
  byAnchors.set(anchors, verified);
  timestamps.set(envelope, byAnchors);
  return verified;
}
