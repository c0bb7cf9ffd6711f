import { createHash } from 'node:crypto';
import type { Signer } from './signer.ts';

/** What a transparency log is told about a signature; the log itself checks none of it. */
export interface LoggedSignature {
  readonly signer: Signer;
  readonly signature: Buffer;
  /** The bytes that were signed: a payload, or the pre-authentication encoding of an envelope. */
  readonly signedBytes: Buffer;
  /** The DSSE envelope, where it is one. */
  readonly envelope: Envelope | undefined;
}

export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  /** The whole envelope as it was sent to the log. */
  readonly json: Buffer;
}

/** Protobuf JSON of Sigstore's `TransparencyLogEntry`, as bundles carry it. */
export interface LogEntryJson {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint: { envelope: string };
  };
  canonicalizedBody: string;
}

/** Logs a signature at a time and returns the entry with its proofs. */
export type LogStep = (signed: LoggedSignature, at: Date) => LogEntryJson;

/** Gets a signature timestamped: an RFC 3161 response over the bytes. */
export type StampStep = (signature: Buffer, at: Date) => Buffer;

export interface EntryBody {
  readonly kind: string;
  readonly version: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The canonical JSON (RFC 8785) of an entry, what a log hashes into its tree. */
export function canonicalBody({ kind, version, spec }: EntryBody): Buffer {
  return Buffer.from(canonicalJson({ apiVersion: version, kind, spec }));
}

/** Sorted keys and no space: RFC 8785 as far as strings and whole numbers need it. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

export function hashHex(data: Buffer, algorithm = 'sha256'): string {
  return createHash(algorithm).update(data).digest('hex');
}
