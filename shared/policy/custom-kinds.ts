import { wildcardMatches } from '../base/wildcard.ts';
import { WORKLOAD_KINDS } from '../workload/kinds.ts';
import type { KindPattern, Policy, Rule } from './model.ts';

/** A kind without a pod template whose objects policies judge. */
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
 * The kinds that webhooks have to be registered for beside those with a pod template: such as a rule names
 * images of, and such as a `validate` rule names.
 */
export function customKinds(policies: readonly Policy[]): readonly CustomKind[] {
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
    const named = /[*?]/.test(pattern.kind) || sees(rule) ? [] : [pattern.kind];
    const kinds = extracted.filter((kind) => wildcardMatches(pattern.kind, kind));
    return [...new Set([...named, ...kinds])]
      .map((kind) => ({ ...pattern, kind }))
      .filter((candidate) => !isWorkload(candidate));
  });
}

/** Only what it extracts; other rules judge the object whatever images it has. */
function sees(rule: Rule): boolean {
  return (
    rule.kind === 'verify-images' ||
    (rule.kind === 'unsupported' && rule.imageReferences !== undefined)
  );
}

/** Of a name that is taken twice (`Job`) only the kind that the pattern cannot mean is another one. */
function isWorkload({ group, kind }: KindPattern): boolean {
  return WORKLOAD_KINDS.some((known) => known.kind === kind && wildcardMatches(group, known.group));
}
