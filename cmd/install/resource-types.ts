import type { JsonObject } from '#shared/base/json-value.ts';
import { stringAt } from '#shared/base/json-value.ts';
import type { KubeObject, ResourceName, ResourceType } from '#shared/kube/kube.ts';
import { REPORT_TYPES } from '#shared/report/report-dialect.ts';
import { POLICY_TYPES } from '../cluster/policy-types.ts';

export interface KindType extends ResourceType {
  readonly kind: string;
}

/**
 * Every kind that `install` writes, with its REST resource, in the order in which `uninstall` removes them:
 * first what makes API servers call us, then what we decide by, then the server.
 */
export const KIND_TYPES: readonly KindType[] = [
  kindType('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
  kindType('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'),
  ...POLICY_TYPES,
  kindType('apps/v1', 'Deployment'),
  kindType('policy/v1', 'PodDisruptionBudget'),
  kindType('v1', 'Service'),
  kindType('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  kindType('v1', 'Secret'),
  kindType('v1', 'ConfigMap'),
  kindType('rbac.authorization.k8s.io/v1', 'RoleBinding'),
  kindType('rbac.authorization.k8s.io/v1', 'Role'),
  kindType('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'),
  kindType('rbac.authorization.k8s.io/v1', 'ClusterRole'),
  kindType('v1', 'ServiceAccount'),
  // After the rights to write them.
  ...REPORT_TYPES,
  kindType('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
  kindType('v1', 'Namespace'),
];

/** The REST resource of an object that this program writes. */
export function resourceTypeOf(object: JsonObject): KindType {
  const group = groupOf(stringAt(object, 'apiVersion') ?? '');
  const kind = stringAt(object, 'kind') ?? '';
  const found = KIND_TYPES.find((type) => type.kind === kind && type.group === group);
  if (found === undefined) throw new TypeError(`No resource type is known for ${group}/${kind}`);
  return { ...found, version: versionOf(stringAt(object, 'apiVersion') ?? '') };
}

export function resourceNameOf(object: KubeObject): ResourceName {
  const { group, version, resource } = resourceTypeOf(object);
  return {
    group,
    version,
    resource,
    name: object.metadata.name,
    namespace: stringAt(object, 'metadata', 'namespace'),
  };
}

/** `deployment.apps/sign-policy-webhook`, as kubectl names what it applied. */
export function objectTitle(object: KubeObject): string {
  const { group, kind } = resourceTypeOf(object);
  return `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${object.metadata.name}`;
}

function kindType(apiVersion: string, kind: string, resource = `${kind.toLowerCase()}s`): KindType {
  return { group: groupOf(apiVersion), version: versionOf(apiVersion), resource, kind };
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}
