import type { Operation as PatchOperation } from 'fast-json-patch';
import type { UnknownReason } from '../verification/verdict.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Decision, ImageRecord, PinnedImage } from './decision.ts';
import type { JudgedRecord } from './judged-record.ts';
import { definiteRecords } from './definite-records.ts';
import { denialMessage } from './denial-message.ts';

/** client-go retries by itself after this many seconds where the answer says so. */
const RETRY_AFTER_SECONDS = 1;

export interface DecideInput {
  readonly records: readonly JudgedRecord[];
  readonly images: readonly PinnedImage[];
  readonly patch: readonly PatchOperation[];
  readonly annotations: readonly PatchOperation[];
  /** What the client is told in any case. */
  readonly notes?: readonly string[];
}

/**
 * Turns the records of one object into a decision. In enforce mode a failure and an unknown both deny; in
 * audit mode both admit with a warning.
 */
export function decide(
  request: AdmissionRequest,
  { records, images, patch, annotations, notes = [] }: DecideInput,
): Decision {
  const blocking = records.filter((record) => record.mode === 'enforce' && blocks(record));
  const warnings = records
    .filter(
      (record) => record.isExempted === true || (isTrouble(record) && !blocking.includes(record)),
    )
    .map(warningOf);
  const outcome = outcomeOf(blocking);
  return {
    allowed: blocking.length === 0,
    outcome,
    retryAfterSeconds: outcome === 'unknown' ? retryAfter(blocking) : undefined,
    message: blocking.length === 0 ? '' : denialMessage(request, blocking),
    warnings: [...new Set([...notes.map(oneLine), ...warnings])],
    patch: blocking.length === 0 ? patch : [],
    annotations: blocking.length === 0 ? annotations : [],
    images,
    records,
  };
}

function isTrouble({ verdict }: ImageRecord): boolean {
  return verdict.kind === 'fail' || verdict.kind === 'error';
}

function blocks({ verdict, mayIgnoreTrouble }: JudgedRecord): boolean {
  if (verdict.kind !== 'error') return verdict.kind === 'fail';
  const isForgiven =
    FORGIVEN.has(verdict.reason) || (verdict.transient && verdict.reason !== 'CONDITIONS_UNKNOWN');
  return !(mayIgnoreTrouble && isForgiven);
}

/** What is wrong with a policy rather than with an object: `failurePolicy` decides, now and later. */
const FORGIVEN: ReadonlySet<UnknownReason> = new Set(['EVALUATION_FAILED', 'UNSUPPORTED_POLICY']);

function outcomeOf(blocking: readonly ImageRecord[]): Decision['outcome'] {
  if (blocking.length === 0) return 'admitted';
  return definiteRecords(blocking).length > 0 ? 'denied' : 'unknown';
}

/** Undefined where trying again cannot help: a setting has to change first. */
function retryAfter(blocking: readonly ImageRecord[]): number | undefined {
  const errors = blocking.flatMap(({ verdict }) => (verdict.kind === 'error' ? [verdict] : []));
  if (!errors.every(({ transient }) => transient)) return undefined;
  return Math.max(
    RETRY_AFTER_SECONDS,
    ...errors.map(({ retryAfterSeconds = 0 }) => retryAfterSeconds),
  );
}

function warningOf({ policy, rule, verdict }: ImageRecord): string {
  return oneLine(`policy ${policy}.${rule}: ${verdict.message}`);
}

/** The API server drops warnings with control characters silently. */
function oneLine(written: string): string {
  return written.replaceAll(/[\p{Cc}]+/gu, ' ');
}
