import { isJsonObject, type JsonObject, type JsonValue, member } from '../base/json-value.ts';
import type { JudgedCondition } from '../condition/evaluate-conditions.ts';
import { substitute } from '../condition/variables/substitute.ts';
import { FixedScope } from '../condition/fixed-scope.ts';
import type { Scope } from '../condition/scope.ts';
import type { ImageReference } from '../image/reference.ts';
import type { AttestationDenial, VerifyImagesEntry } from '../policy/model.ts';
import type { VerifiedAttestation, Verdict } from '../verification/verdict.ts';
import { imageValue } from './context/images-value.ts';
import { evaluationVerdict, type RuleSession } from './rule-session.ts';

type Passed = Extract<Verdict, { kind: 'pass' }>;

/** Several statements of one name are tried against those of others; more combinations than this are an attack. */
const MAX_COMBINATIONS = 64;

/** cosign's predicate for text of any kind: `Data` holds it. */
const CUSTOM_PREDICATE = 'https://cosign.sigstore.dev/attestation/v1';

export interface JudgeConditionsOptions {
  readonly entry: VerifyImagesEntry;
  readonly reference: ImageReference;
  readonly session: RuleSession;
}

/** Whether an entry says anything about what attestations must say. */
export function hasConditions({ deny, attestations = [] }: VerifyImagesEntry): boolean {
  return attestations.length > 0 && (deny !== undefined || attestations.some(isConditional));
}

function isConditional({ conditions }: { conditions?: readonly unknown[] | undefined }): boolean {
  return conditions !== undefined && conditions.length > 0;
}

/**
 * Judges what the attestations of a verified image say: each statement of a type must meet the conditions for
 * its type, and then all together must not be what is denied (Kyverno 1.19).
 */
export async function judgeConditions(
  verdict: Passed,
  options: JudgeConditionsOptions,
): Promise<Verdict> {
  const { attestations = [], digest } = verdict;
  const missing = missingProblem(attestations, options);
  if (missing !== undefined) return { ...missing, digest };
  try {
    for (const attestation of attestations) {
      const problem = await attestationProblem(attestation, options);
      if (problem !== undefined) return { ...problem, digest };
    }
    const { deny } = options.entry;
    const denied = deny && (await denialProblem(deny, attestations, options));
    return denied === undefined ? verdict : { ...denied, digest };
  } catch (error) {
    const what = `failed to check attestations of image ${options.reference.written}`;
    return { ...evaluationVerdict(what, error), digest };
  }
}

/** What was not brought along cannot have been judged: no condition holds of nothing (MUST-NOT-HAPPEN 5). */
function missingProblem(
  attestations: readonly VerifiedAttestation[],
  { entry }: JudgeConditionsOptions,
): Verdict | undefined {
  const judged = new Set(
    attestations.flatMap(({ requirement, statements }) =>
      statements.length === 0 ? [] : [requirement.path],
    ),
  );
  const missing = (entry.attestations ?? []).find(({ path }) => !judged.has(path));
  if (missing === undefined) return undefined;
  return {
    kind: 'error',
    reason: 'INTERNAL_ERROR',
    message: `attestations of ${missing.path} were verified, but there are no statements to judge`,
    details: [],
    digest: undefined,
    transient: false,
    retryAfterSeconds: undefined,
  };
}

async function attestationProblem(
  { requirement, statements }: VerifiedAttestation,
  { session, reference }: JudgeConditionsOptions,
): Promise<Verdict | undefined> {
  const { conditions = [], predicateType, path } = requirement;
  if (conditions.length === 0) return undefined;
  const image = imageValue(reference);
  for (const statement of statements) {
    const predicate = readPredicate(statement);
    const about = `${reference.written} and predicate ${predicateType}`;
    if (!isJsonObject(predicate))
      return failed(
        `attestation checks failed for ${about}: the predicate is no mapping`,
        path,
        [],
      );
    const outcome = await session.judge(conditions, { ...predicate, image });
    if (outcome.holds) continue;
    const said = outcome.message === '' ? '' : `: ${outcome.message}`;
    return failed(`attestation checks failed for ${about}${said}`, path, outcome.deciding);
  }
  return undefined;
}

async function denialProblem(
  { conditions, message, path }: AttestationDenial,
  attestations: readonly VerifiedAttestation[],
  { session, reference }: JudgeConditionsOptions,
): Promise<Verdict | undefined> {
  const combinations = combine(attestations);
  if (combinations === undefined)
    return failed(
      `validation in verifyImages failed: the attestations make more than ${MAX_COMBINATIONS} combinations`,
      path,
      [],
    );
  for (const named of combinations) {
    const names = { ...named, image: imageValue(reference) };
    const outcome = await session.judge(conditions, names);
    if (!outcome.holds) continue;
    const written = [message ?? '', outcome.message].filter((text) => text !== '').join('; ');
    const said = written === '' ? '' : `: ${await filledMessage(written, names, session)}`;
    return failed(`validation in verifyImages failed${said}`, path, outcome.deciding);
  }
  return undefined;
}

/** What cannot be said well is denied all the same: a message whose variables have no value stays as written. */
async function filledMessage(
  written: string,
  names: JsonObject,
  session: RuleSession,
): Promise<string> {
  const fill = (scope: Scope): JsonValue =>
    substitute(written, new FixedScope(names, scope), session.evaluation);
  const text = await session.evaluate(fill).catch(() => written);
  return typeof text === 'string' ? text : written;
}

/** Each way to take one statement of every name; undefined where there are too many. */
function combine(attestations: readonly VerifiedAttestation[]): readonly JsonObject[] | undefined {
  let combinations: readonly JsonObject[] = [{}];
  for (const { requirement, statements } of attestations) {
    const { name } = requirement;
    if (name === undefined || name === '') continue;
    combinations = combinations.flatMap((taken) =>
      statements.map((statement) => ({ ...taken, [name]: readPredicate(statement) })),
    );
    if (combinations.length > MAX_COMBINATIONS) return undefined;
  }
  return combinations;
}

function readPredicate({
  predicateType,
  predicate,
}: VerifiedAttestation['statements'][number]): JsonValue {
  const data = member(predicate, 'Data');
  if (predicateType !== CUSTOM_PREDICATE || !isJsonObject(predicate) || typeof data !== 'string')
    return predicate;
  return { ...predicate, Data: parsedOr(data) };
}

/** What is no JSON stays text. */
function parsedOr(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function failed(
  message: string,
  path: string,
  deciding: readonly JudgedCondition[],
): Extract<Verdict, { kind: 'fail' }> {
  return {
    kind: 'fail',
    reason: 'CONDITIONS_NOT_MET',
    message,
    details: [`in the policy: ${path}`, ...deciding.map(describe)],
    digest: undefined,
  };
}

/** Longer values say no more to a reader. */
const MAX_SHOWN = 120;

function describe({ key, operator, value, holds }: JudgedCondition): string {
  return `${shown(key)} ${operator} ${shown(value)} is ${String(holds)}`;
}

function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
