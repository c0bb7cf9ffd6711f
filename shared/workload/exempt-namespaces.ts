/**
 * Namespaces that the webhook is not called for: an outage of it must not keep the cluster, or the webhook
 * itself, from coming back. The same as in the webhook configurations of `manifests/`, which a test asserts.
 */
export const EXEMPT_NAMESPACES: readonly string[] = [
  'kube-system',
  'kube-node-lease',
  'sign-policy-system',
];
