import type { ResourceName } from '#shared/kube/kube.ts';

/** Where the webhook lives. */
export const NAMESPACE = 'sign-policy-system';

export const DEPLOYMENT: ResourceName = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  name: 'sign-policy-webhook',
  namespace: NAMESPACE,
};

/** Where the webhook keeps its certificate; `ca.crt` in it is what API servers have to trust. */
export const CERTIFICATE_SECRET: ResourceName = {
  group: '',
  version: 'v1',
  resource: 'secrets',
  name: 'sign-policy-webhook-tls',
  namespace: NAMESPACE,
};
