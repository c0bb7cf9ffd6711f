import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import { FixedScope } from '../../condition/fixed-scope.ts';
import type { Scope } from '../../condition/scope.ts';
import { substitute } from '../../condition/variables/substitute.ts';
import type { ImageReference } from '../../image/reference.ts';
import type { AttestationDenial, VerifyImagesEntry } from '../../policy/model.ts';
import { imageValue } from '../context/images-value.ts';
import type { RuleSession } from '../rule-session.ts';
import { type ConditionsRefusal, conditionsRefusal, definiteFault } from './conditions-verdict.ts';
import { combineNames, MAX_COMBINATIONS, type NamedStatements } from './named-values.ts';

export interface JudgeDenialsOptions {
  /** Whose attestations verified. */
  readonly entry: VerifyImagesEntry;
  readonly reference: ImageReference;
  readonly session: RuleSession;
}

/**
 * Judges whether what all attestations together say is denied, by the entry itself or by another one of the
 * rule: once the attestations of an entry are verified, Kyverno 1.19 asks `validate` of every entry, also of
 * those for other images.
 * @throws {ContextError | ConditionError} where the answer cannot be found out.
 */
export async function judgeDenials(
  denials: readonly AttestationDenial[],
  named: readonly NamedStatements[],
  options: JudgeDenialsOptions,
): Promise<ConditionsRefusal | undefined> {
  const combinations = combineNames(named);
  for (const denial of denials) {
    if (combinations === undefined)
      return conditionsRefusal(
        `${FAILED}: the attestations make more than ${MAX_COMBINATIONS} combinations`,
        denial,
      );
    for (const names of combinations) {
      const refusal = await judgeDenial(denial, names, options);
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

const FAILED = 'validation in verifyImages failed';

async function judgeDenial(
  { conditions, message, path }: AttestationDenial,
  named: JsonObject,
  { entry, reference, session }: JudgeDenialsOptions,
): Promise<ConditionsRefusal | undefined> {
  const names = { ...named, image: imageValue(reference) };
  const notes = path.startsWith(`${entry.path}.`)
    ? []
    : [`asked of an image of ${entry.path}: each "validate" of a rule is, as in Kyverno`];
  try {
    const outcome = await session.judge(conditions, names);
    if (!outcome.holds) return undefined;
    const written = [message ?? '', outcome.message].filter((text) => text !== '').join('; ');
    const said = written === '' ? '' : `: ${await filledMessage(written, names, session)}`;
    return conditionsRefusal(`${FAILED}${said}`, { path, deciding: outcome.deciding, notes });
  } catch (error) {
    const fault = definiteFault(error);
    if (fault === undefined) throw error;
    return conditionsRefusal(`${FAILED}: failed to check deny conditions: ${fault}`, {
      path,
      notes,
    });
  }
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
