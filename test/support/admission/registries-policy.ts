import type { JsonObject } from '#shared/base/json-value.ts';

export interface RegistriesPolicy {
  /** Also the value of the label `case` of the Pods that it judges. */
  readonly name: string;
  /** The entry `source` of `context`. */
  readonly context: JsonObject;
  /** The registry that images may come from, with `{{ source }}` in it. */
  readonly allowed: string;
  /** Of a namespaced policy. */
  readonly namespace?: string;
  readonly action?: 'Enforce' | 'Audit';
}

/** A policy that hangs on data from elsewhere: it refuses images from other registries than `allowed`. */
export function registriesPolicy(policy: RegistriesPolicy): JsonObject {
  const { name, context, allowed, namespace, action = 'Enforce' } = policy;
  const selector = { matchLabels: { case: name } };
  const key = '{{ images.containers.*.registry }}';
  return {
    apiVersion: 'kyverno.io/v1',
    kind: namespace === undefined ? 'ClusterPolicy' : 'Policy',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      rules: [
        {
          name: 'registries',
          match: { any: [{ resources: { kinds: ['Pod'], selector } }] },
          context: [{ name: 'source', ...context }],
          validate: {
            failureAction: action,
            message: 'Not from there.',
            deny: { conditions: { any: [{ key, operator: 'AnyNotIn', value: [allowed] }] } },
          },
        },
      ],
    },
  };
}
