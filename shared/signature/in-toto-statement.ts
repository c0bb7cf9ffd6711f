import { messageOf } from '../base/coded-error.ts';
import { type Digest, tryParseDigest } from '../base/digest.ts';
import { type JsonValue, isJsonObject, member, stringAt } from '../base/json-value.ts';
import { MAX_AT_A_STRETCH, parseLongJson, parseStrictJson } from '../base/strict-json.ts';

/** DSSE payload type of in-toto statements; any other is refused even under a good signature. */
export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** The predicate that makes a statement a signature of the image rather than an attestation about it. */
export const COSIGN_SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

const STATEMENT_TYPES: ReadonlySet<string> = new Set([
  'https://in-toto.io/Statement/v1',
  'https://in-toto.io/Statement/v0.1',
]);

/** sigstore-go's cap; more subjects than any real statement about images has. */
const MAX_SUBJECTS = 1024;

export interface StatementSubject {
  /** Of the algorithms that content is addressed by; any of them names the subject. */
  readonly digests: readonly Digest[];
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Statement {
  readonly predicateType: string;
  readonly subjects: readonly StatementSubject[];
  /** Undefined where the statement has none. */
  readonly predicate: JsonValue | undefined;
}

/** What says what a statement is about. */
export type StatementHead = Omit<Statement, 'predicate'>;

/** Whether reading the statement takes so long that {@link readStatementHead} must have done it before. */
export function isLongStatement(payload: Buffer): boolean {
  return payload.length > MAX_AT_A_STRETCH;
}

/**
 * Reads a statement of any length, a few milliseconds at a time; all of it is checked, only its predicate is
 * not kept.
 * @returns the reason as a string where the payload is not one.
 */
export async function readStatementHead(payload: Buffer): Promise<StatementHead | string> {
  try {
    const document = await parseLongJson(payload.toString('utf8'), { leaveOut: 'predicate' });
    const statement = readDocument(document);
    if (typeof statement === 'string') return statement;
    const { predicateType, subjects } = statement;
    return { predicateType, subjects };
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Reads an in-toto statement v0.1 or v1; the predicate may be missing (cosign 3.0.0–3.0.4 wrote none).
 * @returns the reason as a string where the payload is not one.
 */
export function readStatement(payload: Buffer): Statement | string {
  try {
    return readDocument(parseStrictJson(payload.toString('utf8')));
  } catch (error) {
    return messageOf(error);
  }
}

function readDocument(document: JsonValue): Statement | string {
  const type = stringAt(document, '_type') ?? '';
  if (!STATEMENT_TYPES.has(type)) return `statement type "${type}" is not in-toto v0.1 or v1`;
  const predicateType = stringAt(document, 'predicateType');
  if (predicateType === undefined) return 'statement has no predicateType';
  const subjects = member(document, 'subject');
  if (!Array.isArray(subjects) || subjects.length === 0) return 'statement has no subject';
  if (subjects.length > MAX_SUBJECTS) return `statement has more than ${MAX_SUBJECTS} subjects`;
  return {
    predicateType,
    subjects: (subjects as readonly JsonValue[]).map(readSubject),
    predicate: member(document, 'predicate'),
  };
}

const ALGORITHMS = ['sha256', 'sha512'] as const;

function readSubject(subject: JsonValue): StatementSubject {
  const annotations = member(subject, 'annotations');
  const pairs = isJsonObject(annotations) ? Object.entries(annotations) : [];
  return {
    digests: ALGORITHMS.flatMap(
      (name) => tryParseDigest(`${name}:${stringAt(subject, 'digest', name) ?? ''}`) ?? [],
    ),
    annotations: Object.fromEntries(
      pairs.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    ),
  };
}
