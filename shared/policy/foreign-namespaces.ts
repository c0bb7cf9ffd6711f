import type { Fault } from '../base/fault.ts';
import { type JsonObject, stringAt } from '../base/json-value.ts';
import { wildcardMatches } from '../base/wildcard.ts';
import { REFUSAL_RULES } from './fault-rules.ts';
import { writtenFilters, writtenRules } from './written-policy.ts';
import { textsAt, writtenAt } from './written.ts';

/**
 * Filters of a `SignPolicy` that name other namespaces than its own: they never select anything, since it
 * acts in its own only. Kyverno refuses any namespace there; here one that holds its own does no harm.
 */
export function foreignNamespaces(document: JsonObject): readonly Fault[] {
  const isOurs = (stringAt(document, 'apiVersion') ?? '').startsWith('sign-policy.dev/');
  if (!isOurs || stringAt(document, 'kind') !== 'SignPolicy') return [];
  const own = stringAt(document, 'metadata', 'namespace') ?? '';
  const { id, severity } = REFUSAL_RULES.namespacedScope;
  return writtenRules(document)
    .flatMap((rule) => writtenFilters(rule, 'match'))
    .flatMap((filter) => writtenAt(filter, 'resources'))
    .filter((resources) => {
      const patterns = textsAt(resources, 'namespaces');
      return patterns.length > 0 && !patterns.some(({ text }) => wildcardMatches(text, own));
    })
    .map(({ path }) => ({
      severity,
      rule: id,
      path: `${path}.namespaces`,
      message:
        'found namespaces other than that of the policy: it acts in its own only, and never there; take them away',
    }));
}
