import type { Operation } from 'fast-json-patch';
import type { ValidateRule } from '../policy/model.ts';
import { applyPatch } from '../workload/image-patch.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import { concerns, judgeUnsupported, judgeValidation } from './judge-object.ts';
import { type JudgedRecord, recordOfJudgement, recordOfObject } from './judged-record.ts';
import { openSession, type OpenSessionOptions } from './open-session.ts';
import { prepareRule } from './prepare-rules.ts';

/**
 * What the rules say that judge an object as a whole.
 * @param patch pins that the object will have, so that rules see it as it will be stored.
 */
export async function objectRecords(
  rules: readonly ApplicableRule[],
  patch: readonly Operation[],
  options: OpenSessionOptions,
): Promise<readonly JudgedRecord[]> {
  const { examined } = options;
  const pinned = { ...examined, object: applyPatch(examined.object, patch) };
  const records = rules.map(async (applicable): Promise<readonly JudgedRecord[]> => {
    const { rule } = applicable;
    switch (rule.kind) {
      case 'validate':
        return [await judgeWhole({ ...applicable, rule }, { ...options, examined: pinned })];
      case 'unsupported':
        return concerns(rule, examined.images)
          ? [recordOfObject(applicable, judgeUnsupported(rule))]
          : [];
      case 'verify-images':
        return [];
    }
  });
  return (await Promise.all(records)).flat();
}

async function judgeWhole(
  applicable: ApplicableRule<ValidateRule>,
  options: OpenSessionOptions,
): Promise<JudgedRecord> {
  const { examined } = options;
  const session = await openSession(applicable, options);
  const { verdict } = await prepareRule(applicable, session);
  return verdict === undefined
    ? recordOfJudgement(
        applicable,
        await judgeValidation(applicable.rule, examined, session),
        examined.images,
      )
    : recordOfObject(applicable, verdict);
}
