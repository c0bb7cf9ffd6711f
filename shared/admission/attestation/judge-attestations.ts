import type { ImageReference } from '../../image/reference.ts';
import type { VerifyImagesEntry } from '../../policy/model.ts';
import type { AttestedSet } from '../../verification/attested-set.ts';
import type { VerifiedAttestation, Verdict } from '../../verification/verdict.ts';
import type { RuleSession } from '../rule-session.ts';
import type { ConditionsRefusal } from './conditions-verdict.ts';
import { judgeStatements } from './judge-statements.ts';
import type { NamedStatements } from './named-values.ts';

export interface JudgeAttestationsOptions {
  readonly entry: VerifyImagesEntry;
  readonly reference: ImageReference;
  readonly session: RuleSession;
}

export interface JudgedAttestations {
  readonly refusal: ConditionsRefusal | Extract<Verdict, { kind: 'error' }> | undefined;
  /** What was stated under names: one list about the image, or one about each manifest that stands for it. */
  readonly named: readonly (readonly NamedStatements[])[];
}

/**
 * Judges what the attestations of a verified image say, each by its own conditions.
 * @throws {ContextError | ConditionError} where the answer cannot be found out.
 */
export async function judgeAttestations(
  { attestations = [[]] }: Pick<Extract<Verdict, { kind: 'pass' }>, 'attestations'>,
  options: JudgeAttestationsOptions,
): Promise<JudgedAttestations> {
  const named: (readonly NamedStatements[])[] = [];
  for (const verified of attestations) {
    const missing = missingProblem(verified, options.entry);
    if (missing !== undefined) return { refusal: missing, named };
    const before: NamedStatements[] = [];
    for (const attestation of verified) {
      const judged = await judgeStatements(attestation, { ...options, before });
      if (judged.refusal !== undefined) return { refusal: judged.refusal, named };
      before.push(...judged.named);
    }
    named.push(before);
  }
  return { refusal: undefined, named };
}

/** What was not brought along cannot have been judged: no condition holds of nothing (MUST-NOT-HAPPEN 5). */
function missingProblem(
  attestations: readonly VerifiedAttestation[],
  entry: VerifyImagesEntry,
): Extract<Verdict, { kind: 'error' }> | undefined {
  const judged = new Set(
    attestations.flatMap(({ requirement, sets }) =>
      sets.length > 0 && sets.every(statesSomething) ? [requirement.path] : [],
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

function statesSomething({ satisfied }: AttestedSet): boolean {
  return satisfied.some((entry) =>
    entry.kind === 'set' ? statesSomething(entry) : entry.statements.length > 0,
  );
}
