import { requestOf } from '../dry-run/admission-request.ts';
import { ObjectFacts } from '../dry-run/object-facts.ts';
import type { LoadedSuite } from './load-suite.ts';
import type { TestedObject } from './object-decision.ts';
import { selectObjects } from './select-objects.ts';

/** Every object that a test of the suite is about, once under each operation; others are not looked at. */
export function testedObjects(loaded: LoadedSuite): readonly TestedObject[] {
  const { suite, objects, values, requester } = loaded;
  const given = values.namespaces.map((object) => ({ origin: suite.path, object }));
  const facts = new ObjectFacts({ subjects: [...objects, ...given], kube: undefined, requester });
  const byOperation = Map.groupBy(
    suite.expectations,
    ({ operation }) => operation ?? values.operation,
  );
  return [...byOperation].flatMap(([operation, expectations]) => {
    const all = objects.map(({ object }): TestedObject => {
      const asked = requestOf(object, { operation, defaultNamespace: 'default' });
      const userInfo = requester?.userInfo;
      return { operation, request: { ...asked, userInfo, facts: facts.of(asked.namespace) } };
    });
    return [...new Set(expectations.flatMap((one) => selectObjects(one, all).objects))];
  });
}
