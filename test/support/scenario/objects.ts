import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';

/** A Pod with one container for each image. */
export function podIn(namespace: string, ...images: readonly string[]): JsonObject {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'test', namespace },
    spec: { containers },
  };
}

/** A Deployment whose template has one container for each image. */
export function deploymentIn(namespace: string, ...images: readonly string[]): JsonObject {
  const labels = { app: 'test' };
  const { spec = {} } = podIn(namespace, ...images);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'test', namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  };
}

export function namespaceObject(name: string, labels: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export function configMap(namespace: string, name: string, data: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

/** A Secret with these texts. */
export function secret(
  namespace: string,
  name: string,
  texts: Readonly<Record<string, string>>,
): JsonObject {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
}

export const PODS: JsonObject = { any: [{ resources: { kinds: ['Pod'] } }] };

export interface PolicyParts {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  /** Fields of the one rule, which is for Pods. */
  readonly rule?: JsonObject;
  /** Entries of its `verifyImages`. */
  readonly entries?: readonly JsonObject[];
}

/** A policy with one rule, with the fields that are given and no others. */
export function policy(parts: PolicyParts): JsonObject {
  const { name = 'check-images', entries } = parts;
  const verifyImages: readonly JsonValue[] | undefined = entries;
  const rule = {
    name,
    match: PODS,
    ...parts.rule,
    ...(verifyImages === undefined ? {} : { verifyImages }),
  };
  return {
    apiVersion: parts.apiVersion ?? 'kyverno.io/v1',
    kind: parts.kind ?? 'ClusterPolicy',
    metadata: { name, ...parts.metadata },
    spec: { rules: [rule], ...parts.spec },
  };
}

/** Tekton's Task with one step for each image. */
export function taskWith(...images: readonly string[]): JsonObject {
  return {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'Task',
    metadata: { name: 'test', namespace: 'default' },
    spec: { steps: images.map((image, index) => ({ name: `s${index}`, image })) },
  };
}

/** Fields of a rule that is for Tekton's Tasks, whatever else is done with them than deleting. */
export const TASKS: JsonObject = {
  match: { any: [{ resources: { kinds: ['tekton.dev/v1beta1/Task'] } }] },
  preconditions: {
    all: [{ key: '{{request.operation}}', operator: 'NotEquals', value: 'DELETE' }],
  },
};
