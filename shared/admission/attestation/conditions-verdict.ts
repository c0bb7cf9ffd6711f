import type { JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../../condition/condition-error.ts';
import type { JudgedCondition } from '../../condition/evaluate-conditions.ts';
import type { Verdict } from '../../verification/verdict.ts';
import { evaluationVerdict } from '../rule-session.ts';

/** What conditions make of attestations that they refuse. */
export type ConditionsRefusal = Extract<Verdict, { kind: 'fail' }>;

export interface Refusing {
  /** Field path of what refuses. */
  readonly path: string;
  readonly deciding?: readonly JudgedCondition[];
  /** Further lines for whoever reads the refusal. */
  readonly notes?: readonly string[];
}

export function conditionsRefusal(
  message: string,
  { path, deciding = [], notes = [] }: Refusing,
): ConditionsRefusal {
  return {
    kind: 'fail',
    reason: 'CONDITIONS_NOT_MET',
    message,
    details: [`in the policy: ${path}`, ...deciding.map(describe), ...notes],
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

/**
 * What is wrong with the attestation or the policy, where conditions cannot be evaluated: a definite no, as
 * in Kyverno 1.19. Undefined for everything that may be otherwise soon, or elsewhere.
 */
export function definiteFault(error: unknown): string | undefined {
  if (!(error instanceof ConditionError) || OPEN.has(error.code)) return undefined;
  return error.message;
}

const OPEN: ReadonlySet<ConditionError['code']> = new Set([
  'UNSUPPORTED',
  'LOOKUP_FAILED',
  'TOO_EXPENSIVE',
]);

/**
 * The verdict where it could not be found out what conditions make of attestations; no policy's `failurePolicy`
 * forgives that, since in Kyverno 1.19 it is a failure.
 */
export function conditionsUnknown(what: string, error: unknown): Verdict {
  const verdict = evaluationVerdict(what, error);
  return verdict.kind === 'error' && verdict.reason === 'EVALUATION_FAILED'
    ? { ...verdict, reason: 'CONDITIONS_UNKNOWN' }
    : verdict;
}
