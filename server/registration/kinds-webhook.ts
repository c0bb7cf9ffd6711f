import type { JsonObject } from '#shared/base/json-value.ts';
import type { CustomKind } from '#shared/policy/custom-kinds.ts';

/**
 * The part of a webhook that makes API servers call it for these kinds. They are asked for by name and not by
 * resource, since a policy may come before the definition of its kinds: the rules catch more, and a condition, which
 * API servers evaluate themselves, leaves only these. So an outage of the webhook concerns no other kind, and
 * policies of a namespace nothing outside of it.
 */
export function kindsWebhook(kinds: readonly CustomKind[]): JsonObject {
  const rules = kinds.map(ruleFor);
  const distinct = new Map(rules.map((rule) => [JSON.stringify(rule), rule]));
  return {
    // In an order of their own: replicas may have read the policies in different ones.
    rules: [...distinct]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([, rule]) => rule),
    matchConditions: [{ name: 'kinds-of-policies', expression: conditionFor(kinds) }],
  };
}

/** What API servers are to call the webhook for, as far as it can be said of a kind that they may not know yet. */
export function ruleFor({ group, version, subresource }: CustomKind): JsonObject {
  return {
    apiGroups: [openIfPattern(group)],
    apiVersions: [openIfPattern(version)],
    operations: ['CREATE', 'UPDATE'],
    resources: [resourceFor(subresource)],
    scope: '*',
  };
}

function openIfPattern(text: string): string {
  return /[*?]/.test(text) ? '*' : text;
}

function resourceFor(subresource: string): string {
  if (subresource === '') return '*';
  return /[*?]/.test(subresource) ? '*/*' : `*/${subresource}`;
}

/** What holds of objects of these kinds, and of no others. */
export function conditionFor(kinds: readonly CustomKind[]): string {
  const byNamespace = Map.groupBy(kinds, ({ namespace }) => namespace);
  const alternatives = [...byNamespace].map(([namespace, inside]) => {
    const names = [...new Set(inside.map(({ kind }) => kind))].toSorted();
    const isKind = `request.kind.kind in ${JSON.stringify(names)}`;
    return namespace === undefined
      ? isKind
      : `has(request.namespace) && request.namespace == ${JSON.stringify(namespace)} && ${isKind}`;
  });
  return alternatives.toSorted().join(' || ');
}
