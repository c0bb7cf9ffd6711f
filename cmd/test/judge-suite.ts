import type { Admit } from '#shared/admission/admit.ts';
import { Limiter } from '#shared/base/limiter.ts';
import type { LoadedSuite } from './load-suite.ts';
import type { ObjectDecision, TestedObject } from './object-decision.ts';
import { testedObjects } from './tested-objects.ts';
import { withValues } from './variable-values.ts';

/** Objects judged at the same time: enough to keep a registry busy, few enough to be polite to it. */
const CONCURRENCY = 8;

export interface JudgeOptions {
  readonly pin: 'pods' | 'workloads';
  readonly step: () => void;
}

/** Judges every object that the tests of a suite are about. */
export async function judgeSuite(
  loaded: LoadedSuite,
  admit: Admit,
  { pin, step }: JudgeOptions,
): Promise<readonly ObjectDecision[]> {
  const limiter = new Limiter(CONCURRENCY);
  const { values, exceptions } = loaded;
  const judge = async (tested: TestedObject): Promise<ObjectDecision> => {
    const policies = withValues(loaded.policies, values, tested.request);
    const options = { policies, exceptions, stage: 'mutate', pin } as const;
    const decision = await admit(tested.request, options);
    step();
    return { ...tested, decision };
  };
  return Promise.all(testedObjects(loaded).map((one) => limiter.run(() => judge(one))));
}
