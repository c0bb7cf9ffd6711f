import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import { isJsonObject, type JsonObject, type JsonValue, member } from '#shared/base/json-value.ts';
import { mergedValue } from '#shared/base/merged-value.ts';
import type { Operation } from '#shared/policy/model.ts';
import { requestOf } from '../dry-run/admission-request.ts';
import { ObjectFacts } from '../dry-run/object-facts.ts';
import type { LoadedSuite } from './load-suite.ts';
import type { TestedObject } from './object-decision.ts';
import { objectValues, operationOf } from './object-values.ts';
import { type SelectedObjects, nameOf, selectObjects } from './select-objects.ts';
import type { Expectation } from './suite.ts';
import { valueTree } from './value-tree.ts';

/** Every object that a test of the suite is about, once in each form; others are not looked at. */
export function testedObjects(loaded: LoadedSuite): readonly TestedObject[] {
  const all = loaded.suite.expectations.flatMap((one) => objectsOf(one, loaded).objects);
  return [...new Map(all.map((tested) => [tested.key, tested])).values()];
}

/** The objects that an expectation is about, in the form that its policy sees them in. */
export function objectsOf(
  expectation: Expectation,
  loaded: LoadedSuite,
): SelectedObjects<TestedObject> {
  const { objects, unknown } = selectObjects(expectation, writtenObjects(loaded));
  return { objects: objects.map((one) => asSeen(one, expectation, loaded)), unknown };
}

interface WrittenObject {
  readonly index: number;
  readonly object: JsonObject;
  /** Its creation. */
  readonly request: AdmissionRequest;
}

/** Made once for a suite: most have many tests of the same objects. */
const WRITTEN = new WeakMap<LoadedSuite, readonly WrittenObject[]>();

function writtenObjects(loaded: LoadedSuite): readonly WrittenObject[] {
  const known = WRITTEN.get(loaded);
  if (known !== undefined) return known;
  const { suite, objects, values, requester } = loaded;
  const given = values.namespaces.map((object) => ({ origin: suite.path, object }));
  const facts = new ObjectFacts({ subjects: [...objects, ...given], kube: undefined, requester });
  const written = objects.map(({ object }, index): WrittenObject => {
    const asked = created(object, 'CREATE');
    const userInfo = requester?.userInfo;
    return { index, object, request: { ...asked, userInfo, facts: facts.of(asked.namespace) } };
  });
  WRITTEN.set(loaded, written);
  return written;
}

function created(object: JsonObject, operation: Operation): AdmissionRequest {
  return requestOf(object, { operation, defaultNamespace: 'default' });
}

/** The object with what the values change about it for one policy, under the operation of the test. */
function asSeen(
  { index, object, request }: WrittenObject,
  expectation: Expectation,
  { values }: LoadedSuite,
): TestedObject {
  const [policy = ''] = expectation.policy.split('/').toReversed();
  const name = nameOf(request);
  const operation = expectation.operation ?? operationOf(values, policy, name);
  const given = member(valueTree(objectValues(values, policy, name)), 'request');
  const asked = created(object, operation);
  const seen = {
    object: changed(asked.object, member(given, 'object')),
    // An update is told apart from what was there: it brings in the whole object.
    oldObject: changed(asked.oldObject, member(given, 'oldObject')),
  };
  return {
    key: JSON.stringify([index, operation, given ?? null]),
    operation,
    request: { ...request, operation, ...seen },
  };
}

function changed(
  object: JsonObject | undefined,
  given: JsonValue | undefined,
): JsonObject | undefined {
  return object === undefined || !isJsonObject(given)
    ? object
    : (mergedValue(object, given) as JsonObject);
}
