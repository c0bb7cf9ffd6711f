import {
  BOOL,
  type CelType,
  type CelTypeKind,
  DYN,
  INT,
  listType,
  mapType,
  STRING,
  TIMESTAMP,
} from '../type/cel-type.ts';
import { structType } from '../type/special-type.ts';

const STRINGS = mapType(STRING, STRING);
const STRING_LIST = listType(STRING);

const KIND = structType('kubernetes.GroupVersionKind', {
  group: STRING,
  version: STRING,
  kind: STRING,
});

const RESOURCE = structType('kubernetes.GroupVersionResource', {
  group: STRING,
  version: STRING,
  resource: STRING,
});

/** `request`, which in Kubernetes has no objects: these have variables of their own. */
const REQUEST = structType('kubernetes.AdmissionRequest', {
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: structType('kubernetes.UserInfo', {
    username: STRING,
    uid: STRING,
    groups: STRING_LIST,
    extra: mapType(STRING, STRING_LIST),
  }),
  dryRun: BOOL,
  options: DYN,
});

const NAMESPACE = structType('kubernetes.Namespace', {
  metadata: structType('kubernetes.NamespaceMetadata', {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: STRINGS,
    annotations: STRINGS,
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: STRING_LIST,
  }),
  spec: structType('kubernetes.NamespaceSpec', { finalizers: STRING_LIST }),
  status: structType('kubernetes.NamespaceStatus', {
    conditions: listType(
      structType('kubernetes.NamespaceCondition', {
        status: STRING,
        type: STRING,
        lastTransitionTime: TIMESTAMP,
        message: STRING,
        reason: STRING,
      }),
    ),
    phase: STRING,
  }),
});

/** The types of Kubernetes' variables (`admission/plugin/cel/compile.go`). */
export const VARIABLE_TYPES: ReadonlyMap<string, CelType> = new Map([
  ['object', DYN],
  ['oldObject', DYN],
  ['request', REQUEST],
  ['namespaceObject', NAMESPACE],
]);

/** The name of the type of `variables`, which has a field for each that a rule declares. */
export const VARIABLES_TYPE = 'kubernetes.variables';

/** Types of which an expression that names a variable knows nothing any more. */
const FORGOTTEN: ReadonlySet<CelTypeKind> = new Set(['opaque', 'struct', 'type', 'param']);

/** The type that a variable has for the expressions that name it. */
export function declaredType(type: CelType): CelType {
  if (FORGOTTEN.has(type.kind)) return DYN;
  return type.params.length === 0 ? type : { ...type, params: type.params.map(declaredType) };
}
