import type { TransparencyLogEntry } from '@sigstore/protobuf-specs';
import { decodeBase64 } from '../base/base64.ts';
import { isCount, type JsonValue, member, stringAt } from '../base/json-value.ts';

/** A log's promise to include an entry: Rekor v1's signed entry timestamp (SET). */
export interface InclusionPromise {
  /** Seconds since the epoch. It stands here, because without the promise nobody vouches for it (MUST-NOT-HAPPEN 13). */
  readonly integratedTime: number;
  readonly signedEntryTimestamp: Buffer;
}

/** A Merkle proof that an entry is in a log (RFC 6962 §2.1.1). */
export interface InclusionProof {
  readonly leafIndex: bigint;
  readonly treeSize: bigint;
  readonly rootHash: Buffer;
  readonly hashes: readonly Buffer[];
  /** The log's signed note about its tree; the earliest bundles lack it. */
  readonly checkpoint: string | undefined;
}

/** An entry of a transparency log as a signature carries it: nothing here is verified yet. */
export interface LogEntry {
  /** What the log calls itself, hex. */
  readonly logId: string;
  /** Position in the log, over all its shards. */
  readonly logIndex: bigint;
  /** Kind and version that the bundle claims; cosign's annotation claims none, the body itself says. */
  readonly kind: { readonly kind: string; readonly version: string } | undefined;
  /** The logged document, byte for byte. */
  readonly body: Buffer;
  /** Rekor v1 promises, Rekor v2 does not. */
  readonly promise: InclusionPromise | undefined;
  readonly proof: InclusionProof | undefined;
}

/** A tree of 2^64 entries needs no more. */
export const MAX_PROOF_HASHES: number = 64;

/** A logged in-toto envelope can hold its whole payload; more is an attempt to keep the verifier busy. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Seconds: the year 9999, the last that dates are made for. */
const MAX_TIME = 253_402_300_799;

/**
 * The entry in cosign's `dev.sigstore.cosign/bundle` annotation (cosign SIGNATURE_SPEC "Bundle"): a promise, no proof.
 * @returns the reason as a string where it is none.
 */
export function readRekorBundle(annotation: JsonValue): LogEntry | string {
  const payload = member(annotation, 'Payload');
  const body = decodeBase64(stringAt(payload, 'body') ?? '');
  const signedEntryTimestamp = decodeBase64(stringAt(annotation, 'SignedEntryTimestamp') ?? '');
  const logId = stringAt(payload, 'logID') ?? '';
  const index = member(payload, 'logIndex');
  const time = member(payload, 'integratedTime');
  if (body === undefined || body.length === 0) return 'log entry has no body';
  if (signedEntryTimestamp === undefined) return 'log entry has no SignedEntryTimestamp';
  if (!/^[0-9a-f]{64}$/.test(logId)) return 'log entry has no logID';
  if (!isCount(index) || !isTime(time)) return 'log entry has no logIndex or integratedTime';
  return limitedEntry({
    logId,
    logIndex: BigInt(index),
    kind: undefined,
    body,
    promise: { integratedTime: time, signedEntryTimestamp },
    proof: undefined,
  });
}

/** Seconds since the epoch. */
export function isTime(value: JsonValue | undefined): value is number {
  return isCount(value) && value <= MAX_TIME;
}

/**
 * The entry of a bundle.
 * @returns the reason as a string where it is none.
 */
export function readBundleEntry(entry: TransparencyLogEntry): LogEntry | string {
  const logIndex = toIndex(entry.logIndex);
  const integratedTime = toIndex(entry.integratedTime);
  if (logIndex === undefined) return 'log entry has a malformed logIndex';
  if (integratedTime === undefined || integratedTime > MAX_TIME)
    return 'log entry has a malformed integratedTime';
  if (entry.logId === undefined || entry.logId.keyId.length === 0) return 'log entry has no logId';
  const proof = readProof(entry.inclusionProof);
  if (typeof proof === 'string') return proof;
  const signedEntryTimestamp = entry.inclusionPromise?.signedEntryTimestamp;
  return limitedEntry({
    logId: entry.logId.keyId.toString('hex'),
    logIndex,
    kind: entry.kindVersion,
    body: entry.canonicalizedBody,
    promise:
      signedEntryTimestamp === undefined || signedEntryTimestamp.length === 0
        ? undefined
        : { integratedTime: Number(integratedTime), signedEntryTimestamp },
    proof,
  });
}

function readProof(
  proof: TransparencyLogEntry['inclusionProof'],
): InclusionProof | string | undefined {
  if (proof === undefined) return undefined;
  const leafIndex = toIndex(proof.logIndex);
  const treeSize = toIndex(proof.treeSize);
  if (leafIndex === undefined || treeSize === undefined)
    return 'inclusion proof has a malformed index or tree size';
  if (proof.hashes.length > MAX_PROOF_HASHES)
    return `inclusion proof has more than ${MAX_PROOF_HASHES} hashes`;
  const { rootHash, hashes } = proof;
  const envelope = proof.checkpoint?.envelope ?? '';
  return {
    leafIndex,
    treeSize,
    rootHash,
    hashes,
    checkpoint: envelope === '' ? undefined : envelope,
  };
}

/** A count of at most 64 bits; protobuf writes them as text. */
function toIndex(text: string): bigint | undefined {
  return /^[0-9]{1,19}$/.test(text) ? BigInt(text) : undefined;
}

/** The entry, or the reason as a string where it is larger than any honest one. */
export function limitedEntry(entry: LogEntry): LogEntry | string {
  if (entry.body.length === 0) return 'log entry has no body';
  return entry.body.length > MAX_BODY_BYTES
    ? `log entry has ${entry.body.length} bytes, expected at most ${MAX_BODY_BYTES}`
    : entry;
}
