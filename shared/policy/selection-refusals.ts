import { hasWildcard } from '../base/wildcard.ts';
import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import { CLUSTER_KINDS } from './cluster-kinds.ts';
import { emptySelection } from './empty-selection.ts';
import type { RefusalFinder, Refused } from './refusal.ts';
import { writtenFilters } from './written-policy.ts';
import { textsAt, type Written, writtenAt, writtenList } from './written.ts';

/** What Kyverno 1.19 refuses of `match` and `exclude`. */
export const SELECTION_REFUSALS: Readonly<
  Record<'emptySelection' | 'idleSelector' | 'clusterKind', RefusalFinder>
> = {
  emptySelection: ({ rules }) => rules.flatMap(emptySelection),
  idleSelector: ({ rules }) =>
    resourcesOf(rules)
      .flatMap((resources) => writtenAt(resources, 'selector'))
      .flatMap(selectorRefusals),
  clusterKind: ({ policy, rules }) =>
    stringAt(policy.value, 'kind') === 'Policy'
      ? resourcesOf(rules)
          .flatMap((resources) => textsAt(resources, 'kinds'))
          .filter(({ text }) => CLUSTER_KINDS.has(text))
          .map(({ path, text }): Refused => [
            path,
            `${JSON.stringify(text)} in a namespaced policy: objects of this kind are in no namespace, write a ClusterPolicy`,
          ])
      : [],
};

function resourcesOf(rules: readonly Written[]): readonly Written[] {
  return rules
    .flatMap((rule) => [...writtenFilters(rule, 'match'), ...writtenFilters(rule, 'exclude')])
    .flatMap((filter) => writtenAt(filter, 'resources'));
}

/** Names of labels, and what is in front of the `/` (Kubernetes, "Labels and Selectors"). */
const LABEL_NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_PREFIX =
  /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** One wildcard in its labels, and Kyverno looks at nothing of a selector. */
function selectorRefusals(selector: Written): readonly Refused[] {
  const labels = writtenAt(selector, 'matchLabels').flatMap(({ value }) => Object.entries(value));
  const expressions = writtenList(selector, 'matchExpressions');
  if (labels.some((pair) => pair.some((one) => typeof one === 'string' && hasWildcard(one))))
    return [];
  if (labels.length + expressions.length === 0)
    return [[selector.path, 'a selector that asks for no label, take it away']];
  return [
    ...labels.flatMap(([name, value]) => [
      ...(isLabelName(name) ? [] : [name]),
      ...(isLabelValue(value) ? [] : [value]),
    ]),
    ...expressions
      .map(({ value }) => member(value, 'key'))
      .filter((key) => typeof key === 'string' && !isLabelName(key)),
  ].map((text): Refused => [
    selector.path,
    `${JSON.stringify(text)} here: no label can have that name or value`,
  ]);
}

function isLabelName(text: string): boolean {
  const [name = '', prefix, ...more] = text.split('/').toReversed();
  return (
    more.length === 0 &&
    LABEL_NAME.test(name) &&
    (prefix === undefined || LABEL_PREFIX.test(prefix))
  );
}

/** What is no text has an error of its own. */
function isLabelValue(value: JsonValue | undefined): boolean {
  return typeof value !== 'string' || value === '' || LABEL_NAME.test(value);
}
