import type { Decision } from '#shared/admission/decision.ts';
import { REVIEW_API_VERSION, REVIEW_KIND } from './review.ts';
import { sanitizeWarnings } from './warnings.ts';

/** Which of our two webhooks was called. */
export type Stage = 'mutate' | 'validate';

/** A message is for a terminal; etcd, events and logs hold it too. */
const MAX_MESSAGE_LENGTH = 8192;

/** Audit annotations end up in every audit event of the request. */
const MAX_ANNOTATION_LENGTH = 1024;

interface StatusCode {
  readonly code: number;
  readonly reason: string;
}

/** kubectl shows `Error from server (Forbidden): …`; the pair that controller-runtime uses too. */
const FORBIDDEN: StatusCode = { code: 403, reason: 'Forbidden' };

/** With `details.retryAfterSeconds` clients retry these by themselves. */
const UNAVAILABLE: StatusCode = { code: 503, reason: 'ServiceUnavailable' };
const TOO_MANY: StatusCode = { code: 429, reason: 'TooManyRequests' };

/** The AdmissionReview that answers request `uid`; as text, ready to be sent. */
export function encodeAnswer(uid: string, decision: Decision, stage: Stage): string {
  const warnings = sanitizeWarnings(decision.warnings);
  const response = {
    uid,
    allowed: decision.allowed,
    ...(decision.allowed ? patchFields(decision, stage) : { status: statusOf(decision) }),
    ...(warnings.length > 0 ? { warnings } : {}),
    auditAnnotations: auditAnnotations(decision),
  };
  return JSON.stringify({ apiVersion: REVIEW_API_VERSION, kind: REVIEW_KIND, response });
}

/** The API server refuses `patchType` without `patch` and either of them from a validating webhook. */
function patchFields(decision: Decision, stage: Stage): object {
  const patch = [...decision.annotations, ...decision.patch];
  if (stage === 'validate' || patch.length === 0) return {};
  return {
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
  };
}

function statusOf(decision: Decision): object {
  const { code, reason } = statusCode(decision);
  const status = { status: 'Failure', message: shorten(decision.message), reason, code };
  const { retryAfterSeconds } = decision;
  if (decision.outcome !== 'unknown' || retryAfterSeconds === undefined) return status;
  return { ...status, details: { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterSeconds)) } };
}

function statusCode(decision: Decision): StatusCode {
  if (decision.outcome !== 'unknown') return FORBIDDEN;
  return decision.records.some(isRateLimited) ? TOO_MANY : UNAVAILABLE;
}

function isRateLimited(record: Decision['records'][number]): boolean {
  return record.verdict.kind === 'error' && record.verdict.reason === 'REGISTRY_RATE_LIMITED';
}

function shorten(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH
    ? message
    : `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}

function auditAnnotations(decision: Decision): Record<string, string> {
  const annotations: Record<string, string> = { outcome: decision.outcome };
  const pinned = decision.images.filter((image) => image.pinned !== undefined);
  if (pinned.length > 0) {
    annotations['pinned'] = pinned
      .map((image) => image.pinned)
      .join(' ')
      .slice(0, MAX_ANNOTATION_LENGTH);
  }
  return annotations;
}
