import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import { isJsonObject, type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import type { Operation } from '#shared/policy/model.ts';
import { ReviewError } from './review-error.ts';
import { readUserInfo } from './user-info.ts';

/** The only version that is spoken; `v1beta1` left Kubernetes with 1.22. */
export const REVIEW_API_VERSION = 'admission.k8s.io/v1';
export const REVIEW_KIND = 'AdmissionReview';

/** A request of the API server, decoded. */
export interface Review {
  /** Echoed in the answer, else the API server refuses it. */
  readonly uid: string;
  readonly request: AdmissionRequest;
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  (['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const).map((one) => [one, one]),
);

/** A UID has 36 characters; what is echoed must not become a way to reflect large bodies. */
const MAX_UID_LENGTH = 256;

/**
 * Decodes an AdmissionReview v1.
 * @throws {ReviewError} `BAD_BODY` or `NOT_A_REVIEW`, naming the field, what it holds and what is wanted.
 */
export function decodeReview(body: string): Review {
  const review = parseBody(body);
  requireValue(review, 'kind', REVIEW_KIND);
  requireValue(review, 'apiVersion', REVIEW_API_VERSION);
  const request = member(review, 'request');
  if (!isJsonObject(request)) throw notAReview('request', request, 'an object');
  const uid = requireText(request, 'uid');
  const operation = OPERATIONS.get(requireText(request, 'operation'));
  if (operation === undefined) {
    throw notAReview(
      'request.operation',
      request['operation'],
      '"CREATE", "UPDATE", "DELETE" or "CONNECT"',
    );
  }
  return { uid, request: admissionRequest(request, operation) };
}

function admissionRequest(request: JsonObject, operation: Operation): AdmissionRequest {
  const kind = stringAt(request, 'kind', 'kind');
  const version = stringAt(request, 'kind', 'version');
  if (kind === undefined || version === undefined) {
    throw notAReview(
      'request.kind',
      request['kind'],
      'an object with "group", "version" and "kind"',
    );
  }
  const hasObject = operation === 'CREATE' || operation === 'UPDATE';
  return {
    operation,
    group: stringAt(request, 'kind', 'group') ?? '',
    version,
    kind,
    subresource: stringAt(request, 'subResource') ?? '',
    namespace: stringAt(request, 'namespace') ?? '',
    name: stringAt(request, 'name') ?? '',
    object: hasObject ? requireObject(request, 'object') : undefined,
    oldObject: operation === 'UPDATE' ? requireObject(request, 'oldObject') : undefined,
    dryRun: member(request, 'dryRun') === true,
    userInfo: readUserInfo(request),
    review: request,
  };
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new ReviewError(
      'BAD_BODY',
      `Cannot read the request: its body is not JSON (${printable(messageOf(cause))}), an ${REVIEW_KIND} is wanted`,
      { cause },
    );
  }
}

function requireValue(review: unknown, key: string, wanted: string): void {
  const found = member(review, key);
  if (found !== wanted) throw notAReview(key, found, `"${wanted}"`);
}

function requireText(request: JsonObject, key: string): string {
  const found = member(request, key);
  if (typeof found === 'string' && found !== '' && found.length <= MAX_UID_LENGTH) return found;
  throw notAReview(`request.${key}`, found, 'a short text');
}

function requireObject(request: JsonObject, key: string): JsonObject {
  const found = member(request, key);
  if (isJsonObject(found)) return found;
  throw notAReview(`request.${key}`, found, 'an object');
}

function notAReview(field: string, found: unknown, wanted: string): ReviewError {
  return new ReviewError(
    'NOT_A_REVIEW',
    `Cannot read the ${REVIEW_KIND}: "${field}" ${describe(found)}, ${wanted} is wanted`,
  );
}

function describe(found: unknown): string {
  if (found === undefined) return 'is missing';
  if (typeof found === 'string') return `is "${printable(found)}"`;
  if (Array.isArray(found)) return 'is a list';
  return typeof found === 'object' && found !== null
    ? 'is an object'
    : `is ${JSON.stringify(found)}`;
}

/** Quotes of foreign text are short and of one line. */
function printable(text: string): string {
  return text.slice(0, 120).replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
