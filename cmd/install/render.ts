import { type JsonObject, type JsonValue, member } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import { MANAGED } from './managed-label.ts';
import { DEPLOYMENT, NAMESPACE } from './own-objects.ts';
import { TRUSTED_ROOT_MOUNT } from './trusted-root.ts';
import type { WebhookAddress } from './settings.ts';
import { update } from './update.ts';

export interface ServerOptions {
  readonly image: string | undefined;
  /** Flags for the webhook beside those of the manifest. */
  readonly flags: readonly string[];
}

/** The Deployment with the image and flags that were asked for. */
export function renderDeployment(
  deployment: KubeObject,
  { image, flags }: ServerOptions,
): KubeObject {
  return update(deployment, ['spec', 'template', 'spec', 'containers'], (containers) =>
    items(containers).map((container) => ({
      ...container,
      image: image ?? container['image'],
      args: [...list(container['args']), ...flags],
    })),
  );
}

/** The Deployment with the trust root of its ConfigMap, which the kubelet waits for. */
export function mountTrustedRoot(deployment: KubeObject): KubeObject {
  const { flag, volume, volumeMount } = TRUSTED_ROOT_MOUNT;
  const pod = ['spec', 'template', 'spec'];
  const mounted = update(deployment, [...pod, 'containers'], (containers) =>
    items(containers).map((container) => ({
      ...container,
      args: [...list(container['args']), flag],
      volumeMounts: [...list(container['volumeMounts']), volumeMount],
    })),
  );
  return update(mounted, [...pod, 'volumes'], (volumes) => [...list(volumes), volume]);
}

/** A webhook configuration with the address and the authorities that API servers use. */
export function renderWebhooks(
  configuration: KubeObject,
  address: WebhookAddress,
  authorities: string | undefined,
): KubeObject {
  const caBundle =
    authorities === undefined ? {} : { caBundle: Buffer.from(authorities).toString('base64') };
  return update(configuration, ['webhooks'], (webhooks) =>
    items(webhooks).map((webhook) => {
      const service = member(webhook['clientConfig'], 'service');
      const path = member(service, 'path');
      const target =
        address.kind === 'url' && typeof path === 'string'
          ? { url: address.url + path }
          : { service };
      return { ...webhook, clientConfig: { ...target, ...caBundle } };
    }),
  );
}

/** Lets the webhook read pull secrets in one namespace, or (`*`) in all. */
export function pullSecretsBinding(namespace: string): KubeObject {
  const isEverywhere = namespace === '*';
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: isEverywhere ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: {
      name: 'sign-policy-pull-secrets',
      ...(isEverywhere ? {} : { namespace }),
      labels: { 'app.kubernetes.io/name': 'sign-policy', [MANAGED.label]: MANAGED.value },
    },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'sign-policy-pull-secrets',
    },
    subjects: [{ kind: 'ServiceAccount', name: DEPLOYMENT.name, namespace: NAMESPACE }],
  };
}

function items(value: JsonValue | undefined): readonly JsonObject[] {
  return list(value) as readonly JsonObject[];
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
