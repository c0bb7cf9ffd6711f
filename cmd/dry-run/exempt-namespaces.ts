import type { Decision } from '#shared/admission/decision.ts';

/**
 * Namespaces that the webhook is not called for: an outage of it must not keep the cluster, or the webhook
 * itself, from coming back. The same as in the webhook configurations of `manifests/`, which a test asserts.
 */
export const EXEMPT_NAMESPACES: readonly string[] = [
  'kube-system',
  'kube-node-lease',
  'sign-policy-system',
];

/** What happens to an object in a namespace that nobody looks at. */
export const UNSEEN: Decision = {
  allowed: true,
  outcome: 'admitted',
  retryAfterSeconds: undefined,
  message: '',
  warnings: [],
  patch: [],
  images: [],
  records: [],
};
