import { isJsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import type { ServedType } from './object-store.ts';

/** What every API server has of what is used here. */
export const BUILT_IN_TYPES: readonly ServedType[] = [
  cluster('', 'v1', 'Namespace'),
  namespaced('', 'v1', 'Pod'),
  namespaced('', 'v1', 'Secret'),
  namespaced('', 'v1', 'ConfigMap'),
  namespaced('', 'v1', 'Service'),
  namespaced('', 'v1', 'ServiceAccount'),
  namespaced('', 'v1', 'ReplicationController'),
  namespaced('', 'v1', 'PodTemplate'),
  namespaced('apps', 'v1', 'Deployment'),
  namespaced('apps', 'v1', 'ReplicaSet'),
  namespaced('apps', 'v1', 'StatefulSet'),
  namespaced('apps', 'v1', 'DaemonSet'),
  namespaced('batch', 'v1', 'Job'),
  namespaced('batch', 'v1', 'CronJob'),
  namespaced('policy', 'v1', 'PodDisruptionBudget'),
  namespaced('coordination.k8s.io', 'v1', 'Lease'),
  { ...namespaced('networking.k8s.io', 'v1', 'NetworkPolicy'), resource: 'networkpolicies' },
  namespaced('rbac.authorization.k8s.io', 'v1', 'Role'),
  namespaced('rbac.authorization.k8s.io', 'v1', 'RoleBinding'),
  cluster('rbac.authorization.k8s.io', 'v1', 'ClusterRole'),
  cluster('rbac.authorization.k8s.io', 'v1', 'ClusterRoleBinding'),
  cluster('admissionregistration.k8s.io', 'v1', 'MutatingWebhookConfiguration'),
  cluster('admissionregistration.k8s.io', 'v1', 'ValidatingWebhookConfiguration'),
  cluster('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'),
];

/** The policy kinds, for clusters in which their definitions are installed. */
export const POLICY_KINDS: readonly ServedType[] = [
  {
    group: 'kyverno.io',
    version: 'v1',
    resource: 'clusterpolicies',
    kind: 'ClusterPolicy',
    namespaced: false,
  },
  { group: 'kyverno.io', version: 'v1', resource: 'policies', kind: 'Policy', namespaced: true },
  {
    group: 'sign-policy.dev',
    version: 'v1alpha1',
    resource: 'clustersignpolicies',
    kind: 'ClusterSignPolicy',
    namespaced: false,
  },
  {
    group: 'sign-policy.dev',
    version: 'v1alpha1',
    resource: 'signpolicies',
    kind: 'SignPolicy',
    namespaced: true,
  },
];

/** The types that a CustomResourceDefinition brings. */
export function typesOfDefinition(definition: KubeObject): readonly ServedType[] {
  const spec = member(definition, 'spec');
  const versions = member(spec, 'versions');
  if (!Array.isArray(versions)) return [];
  return (versions as readonly JsonValue[])
    .filter((version) => isJsonObject(version) && version['served'] === true)
    .map((version) => ({
      group: stringAt(spec, 'group') ?? '',
      version: stringAt(version, 'name') ?? '',
      resource: stringAt(spec, 'names', 'plural') ?? '',
      kind: stringAt(spec, 'names', 'kind') ?? '',
      namespaced: stringAt(spec, 'scope') === 'Namespaced',
    }));
}

function namespaced(group: string, version: string, kind: string): ServedType {
  return { group, version, kind, resource: `${kind.toLowerCase()}s`, namespaced: true };
}

function cluster(group: string, version: string, kind: string): ServedType {
  return { ...namespaced(group, version, kind), namespaced: false };
}

/** Reports, for clusters in which their definitions are installed. */
export const POLICY_REPORTS: readonly ServedType[] = [
  namespaced('wgpolicyk8s.io', 'v1alpha2', 'PolicyReport'),
  cluster('wgpolicyk8s.io', 'v1alpha2', 'ClusterPolicyReport'),
];

/** The successor of reports. */
export const OPEN_REPORTS: readonly ServedType[] = [
  namespaced('openreports.io', 'v1alpha1', 'Report'),
  cluster('openreports.io', 'v1alpha1', 'ClusterReport'),
];

/** Kyverno's exceptions, for clusters in which their definition is installed. */
export const POLICY_EXCEPTIONS: ServedType = namespaced('kyverno.io', 'v2', 'PolicyException');

/** Kyverno's data for all policies, for clusters in which their definition is installed. */
export const GLOBAL_CONTEXT_ENTRIES: ServedType = {
  ...cluster('kyverno.io', 'v2', 'GlobalContextEntry'),
  resource: 'globalcontextentries',
};
