import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import type { Labels } from '#shared/policy/label-selector.ts';
import { creationOf } from '../dry-run/admission-request.ts';
import type { FileObject } from '../file/load-objects.ts';
import { InputError } from '../input-error.ts';
import type { LoadedSuite } from './load-suite.ts';
import { isLabels } from './suite-values.ts';
import type { TestedOperation } from './suite.ts';

/** The request that a test is about. As with Kyverno, an object that is updated stays as it was. */
export function requestOf(
  { object }: FileObject,
  operation: TestedOperation,
  suite: LoadedSuite,
): AdmissionRequest {
  const request = creationOf(object, 'default');
  return {
    ...request,
    operation,
    object: operation === 'DELETE' ? undefined : object,
    oldObject: operation === 'CREATE' ? undefined : object,
    facts: {
      namespaceLabels: async () => labelsOf(request.namespace, suite),
      roles: () => Promise.resolve({ roles: [], clusterRoles: [] }),
    },
  };
}

/**
 * From the values of the suite, else from the Namespace among its objects; the API server adds the name.
 * @throws {InputError} where the suite says nothing of the namespace.
 */
function labelsOf(namespace: string, { suite, values, objects }: LoadedSuite): Labels {
  const given = values.namespaceLabels.get(namespace);
  const among = objects.find(({ object }) => isNamespace(object, namespace));
  if (given === undefined && among === undefined) {
    throw new InputError(
      'DOCUMENT',
      `Cannot tell the labels of namespace "${namespace}": found neither values.namespaceSelector nor a Namespace of that name in "${suite.path}"`,
    );
  }
  const own = member(member(among?.object, 'metadata'), 'labels');
  return { 'kubernetes.io/metadata.name': namespace, ...(given ?? (isLabels(own) ? own : {})) };
}

function isNamespace(object: JsonObject, name: string): boolean {
  return stringAt(object, 'kind') === 'Namespace' && stringAt(object, 'metadata', 'name') === name;
}
