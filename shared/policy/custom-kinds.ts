import { wildcardMatches } from '../base/wildcard.ts';
import { WORKLOAD_KINDS } from '../workload/kinds.ts';
import type { KindPattern, Policy, Rule } from './model.ts';

/** A kind whose objects policies judge beyond what its pod template, if it has one, tells. */
export interface CustomKind {
  /** `*` where the policy leaves it open, as in {@link KindPattern}. */
  readonly group: string;
  readonly version: string;
  /** Without wildcards. */
  readonly kind: string;
  readonly subresource: string;
  /** The only namespace in which they are judged; undefined for all. */
  readonly namespace: string | undefined;
}

/**
 * So many kinds are registered for all policies of a namespace together: real ones name a handful, their authors need
 * not be trusted, and every request to an API server pays for each.
 */
export const MAX_KINDS_OF_NAMESPACE = 50;

/**
 * The kinds that webhooks have to be registered for beside those with a pod template: such as a rule names
 * images of, and such as a `validate` rule names. With a pod template too, where a rule names other places: updates
 * that change nothing in the template are not sent otherwise.
 */
export function customKinds(
  policies: readonly Pick<Policy, 'rules' | 'namespace'>[],
): readonly CustomKind[] {
  const found = policies.flatMap(({ rules, namespace }) =>
    rules.flatMap((rule) => kindsOf(rule).map((kind) => ({ ...kind, namespace }))),
  );
  return [...new Map(found.map((kind) => [JSON.stringify(kind), kind])).values()];
}

const ANY_KIND: KindPattern = { group: '*', version: '*', kind: '*', subresource: '' };

function kindsOf(rule: Rule): readonly KindPattern[] {
  const extracted = Object.keys(rule.extractors ?? {});
  const patterns = rule.selection.match.filters.flatMap(({ kinds }) =>
    kinds.length === 0 ? [ANY_KIND] : kinds,
  );
  return patterns.flatMap((pattern) => {
    const isNamed = !/[*?]/.test(pattern.kind) && !isWorkload(pattern) && !onlyExtracts(rule);
    const kinds = extracted.filter((kind) => wildcardMatches(pattern.kind, kind));
    return [...new Set([...(isNamed ? [pattern.kind] : []), ...kinds])].map((kind) => ({
      ...pattern,
      kind,
    }));
  });
}

/** Other rules judge an object whatever images it has. */
function onlyExtracts(rule: Rule): boolean {
  return (
    rule.kind === 'verify-images' ||
    (rule.kind === 'unsupported' && rule.imageReferences !== undefined)
  );
}

/** Of a name that is taken twice (`Job`) only the kind that the pattern cannot mean is another one. */
function isWorkload({ group, kind }: KindPattern): boolean {
  return WORKLOAD_KINDS.some((known) => known.kind === kind && wildcardMatches(group, known.group));
}
