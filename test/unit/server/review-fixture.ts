import { ADMITTED } from '#shared/admission/admitted.ts';
import type { Decision } from '#shared/admission/decision.ts';

/** An AdmissionReview as an API server sends it, with some fields of its request replaced. */
export function reviewOf(changes: Record<string, unknown> = {}): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: Record<string, unknown>;
} {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'uid-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'team-a',
      operation: 'CREATE',
      userInfo: { username: 'somebody' },
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { generateName: 'web-' },
        spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] },
      },
      ...changes,
    },
  };
}

/** A decision that admits, with some fields replaced. */
export function decisionOf(changes: Partial<Decision> = {}): Decision {
  return { ...ADMITTED, ...changes };
}
