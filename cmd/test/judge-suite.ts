import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Admit } from '#shared/admission/admit.ts';
import { Limiter } from '#shared/base/limiter.ts';
import type { LoadedSuite } from './load-suite.ts';
import type { ObjectDecision } from './object-decision.ts';
import { requestOf } from './request-of.ts';
import type { TestedOperation } from './suite.ts';

/** Objects judged at the same time: enough to keep a registry busy, few enough to be polite to it. */
const CONCURRENCY = 8;

export interface JudgeOptions {
  readonly pin: 'pods' | 'workloads';
  readonly step: () => void;
}

/** Judges every object of a suite under each operation that its tests are about. */
export async function judgeSuite(
  loaded: LoadedSuite,
  admit: Admit,
  { pin, step }: JudgeOptions,
): Promise<readonly ObjectDecision[]> {
  const limiter = new Limiter(CONCURRENCY);
  const { policies, objects } = loaded;
  const judge = async (
    operation: TestedOperation,
    request: AdmissionRequest,
  ): Promise<ObjectDecision> => {
    const decision = await admit(request, { policies, stage: 'mutate', pin });
    step();
    return { operation, request, decision };
  };
  const requests = testedOperations(loaded).flatMap((operation) =>
    objects.map((object) => ({ operation, request: requestOf(object, operation, loaded) })),
  );
  return Promise.all(
    requests.map(({ operation, request }) => limiter.run(() => judge(operation, request))),
  );
}

/** How many decisions {@link judgeSuite} makes. */
export function decisionCount(loaded: LoadedSuite): number {
  return testedOperations(loaded).length * loaded.objects.length;
}

function testedOperations({ suite, values }: LoadedSuite): readonly TestedOperation[] {
  const all = suite.expectations.map(({ operation }) => operation ?? values.operation);
  return [...new Set(all)];
}
