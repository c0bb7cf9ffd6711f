import type { Operation } from 'fast-json-patch';
import type { ValidateRule } from '../policy/model.ts';
import { applyPatch } from '../workload/image-patch.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import { onlyFirstApplied } from './apply-rules.ts';
import {
  concerns,
  judgeUnsupported,
  judgeValidation,
  type ObjectJudgement,
} from './judge-object.ts';
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
  const { images } = options.examined;
  const unsupported = rules.flatMap((applicable) =>
    applicable.rule.kind === 'unsupported' && concerns(applicable.rule, options.examined)
      ? [recordOfObject(applicable, judgeUnsupported(applicable.rule))]
      : [],
  );
  const validating = rules.filter(isValidating);
  if (validating.length === 0) return unsupported;
  const examined = { ...options.examined, object: applyPatch(options.examined.object, patch) };
  const judged = await Promise.all(
    validating.map(async (applicable) => judgeWhole(applicable, { ...options, examined })),
  );
  return [
    ...onlyFirstApplied(judged).map(({ applicable, ...judgement }) =>
      recordOfJudgement(applicable, judgement, images),
    ),
    ...unsupported,
  ];
}

function isValidating(applicable: ApplicableRule): applicable is ApplicableRule<ValidateRule> {
  return applicable.rule.kind === 'validate';
}

async function judgeWhole(
  applicable: ApplicableRule<ValidateRule>,
  options: OpenSessionOptions,
): Promise<ObjectJudgement & { readonly applicable: ApplicableRule }> {
  const session = await openSession(applicable, options);
  const prepared = await prepareRule(applicable, session);
  const { verdict } = prepared;
  const judgement =
    verdict === undefined
      ? await judgeValidation(applicable.rule, options.examined, session)
      : { verdict, pointer: undefined };
  return { applicable: prepared.applicable, ...judgement };
}
