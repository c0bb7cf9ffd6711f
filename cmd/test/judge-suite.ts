import type { Admit } from '#shared/admission/admit.ts';
import { Limiter } from '#shared/base/limiter.ts';
import { requestOf } from '../dry-run/admission-request.ts';
import { ObjectFacts } from '../dry-run/object-facts.ts';
import type { FileObject } from '../file/load-objects.ts';
import type { LoadedSuite } from './load-suite.ts';
import type { ObjectDecision } from './object-decision.ts';
import { nameOf } from './select-objects.ts';
import type { TestedOperation } from './suite.ts';
import { withValues } from './variable-values.ts';

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
  const { suite, objects, values, requester, exceptions } = loaded;
  const given = values.namespaces.map((object) => ({ origin: suite.path, object }));
  const facts = new ObjectFacts({ subjects: [...objects, ...given], kube: undefined, requester });
  const judge = async (
    operation: TestedOperation,
    { object }: FileObject,
  ): Promise<ObjectDecision> => {
    const asked = requestOf(object, { operation, defaultNamespace: 'default' });
    const userInfo = requester?.userInfo;
    const request = { ...asked, userInfo, facts: facts.of(asked.namespace) };
    const policies = withValues(loaded.policies, values.written, nameOf(request));
    const decision = await admit(request, { policies, exceptions, stage: 'mutate', pin });
    step();
    return { operation, request, decision };
  };
  return Promise.all(
    testedOperations(loaded).flatMap((operation) =>
      objects.map((object) => limiter.run(() => judge(operation, object))),
    ),
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
