import { wildcardMatches } from '../base/wildcard.ts';
import type { EvaluationBudget } from '../condition/evaluation-budget.ts';
import { budgetedWildcard } from '../condition/operator/budgeted-wildcard.ts';
import { type Labels, labelSelectorMatches } from './label-selector.ts';
import type {
  Filters,
  KindPattern,
  LabelSelector,
  Operation,
  RequestedResource,
  ResourceFilter,
  Selection,
} from './model.ts';
import { both, everyHolds, isNot, someHolds, type Truth } from './truth.ts';
import { type MatchUser, userMatches } from './user-match.ts';

/** What a selection looks at; where there is no name yet, `name` is `generateName`. */
export interface MatchSubject extends RequestedResource {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the namespace that the request is in, empty where it is in none; undefined where not known. */
  readonly namespaceLabels: Labels | undefined;
  /** Who asks; undefined where nobody does: an object of a file, say. */
  readonly user: MatchUser | undefined;
  /** What comparing texts that the requester wrote may cost; without a bound where it is undefined. */
  readonly budget?: EvaluationBudget | undefined;
}

/** What webhooks are registered for unless a filter says otherwise (Kyverno 1.19). */
const DEFAULT_OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE'];

/**
 * Whether a rule with this selection is for the request (Kyverno 1.19); unknown where that hangs on labels or
 * roles that are not known (MUST-NOT-HAPPEN 18).
 * @throws {ConditionError} TOO_EXPENSIVE: API servers call webhooks before they look at how long names, labels and
 * annotations are.
 */
export function matches(selection: Selection, subject: MatchSubject): Truth {
  const { match, exclude } = selection;
  return both(
    combine(match, (filter) => isSelected(filter, subject)),
    () => exclude === undefined || isNot(combine(exclude, (filter) => isExcluded(filter, subject))),
  );
}

/** An empty list of filters selects nothing, however it is combined (MUST-NOT-HAPPEN 5). */
function combine({ combine, filters }: Filters, holds: (filter: ResourceFilter) => Truth): Truth {
  if (filters.length === 0) return false;
  return combine === 'any' ? someHolds(filters, holds) : everyHolds(filters, holds);
}

/** Where nobody asks, conditions on the user do not narrow a match (Kyverno 1.19)… */
function isSelected(filter: ResourceFilter, subject: MatchSubject): Truth {
  const operations = filter.operations.length === 0 ? DEFAULT_OPERATIONS : filter.operations;
  if (!operations.includes(subject.operation)) return false;
  const { user } = filter;
  return both(
    resourceMatches(filter, subject),
    () => user === undefined || subject.user === undefined || userMatches(user, subject.user),
  );
}

/** …and do not widen an exclusion. */
function isExcluded(filter: ResourceFilter, subject: MatchSubject): Truth {
  const { user } = filter;
  return both(
    resourceMatches(filter, subject),
    () => user === undefined || (subject.user !== undefined && userMatches(user, subject.user)),
  );
}

function resourceMatches(filter: ResourceFilter, subject: MatchSubject): Truth {
  const { kinds, names, namespaces, operations, annotations, selector } = filter;
  // A Namespace is matched by its own name (Kyverno: checkNameSpace).
  const namespace = subject.kind === 'Namespace' ? subject.name : subject.namespace;
  const holds =
    isOpenOr(kinds, (kind) => kindMatches(kind, subject)) &&
    isOpenOr(operations, (operation) => operation === subject.operation) &&
    isOpenOr(names, (pattern) => textMatches(pattern, subject.name, subject)) &&
    isOpenOr(namespaces, (pattern) => wildcardMatches(pattern, namespace)) &&
    annotationsMatch(annotations, subject) &&
    (selector === undefined ||
      labelSelectorMatches(selector, subject.labels, (pattern, text) =>
        textMatches(pattern, text, subject),
      ));
  const { namespaceSelector } = filter;
  return holds && (namespaceSelector === undefined || namespaceMatches(namespaceSelector, subject));
}

/** Kyverno: a Namespace is in no namespace, so that no selector selects it, not even an empty one. */
function namespaceMatches(selector: LabelSelector, subject: MatchSubject): Truth {
  if (subject.kind === 'Namespace') return false;
  const labels = subject.namespaceLabels;
  return labels === undefined ? 'unknown' : labelSelectorMatches(selector, labels);
}

/** A list that was not given is no condition; one that was is an OR. */
function isOpenOr<Item>(list: readonly Item[], holds: (item: Item) => boolean): boolean {
  return list.length === 0 || list.some(holds);
}

function kindMatches(pattern: KindPattern, subject: MatchSubject): boolean {
  return (
    wildcardMatches(pattern.group, subject.group) &&
    wildcardMatches(pattern.version, subject.version) &&
    wildcardMatches(pattern.kind, subject.kind) &&
    (wildcardMatches(pattern.subresource, subject.subresource) || isDebuggedPod(subject))
  );
}

/** Rules for Pods are also for their ephemeral containers, named or not (MUST-NOT-HAPPEN 27). */
function isDebuggedPod({ group, kind, subresource }: MatchSubject): boolean {
  return group === '' && kind === 'Pod' && subresource === 'ephemeralcontainers';
}

/** Each pair must be met by some annotation; wildcards on both sides of the pair. */
function annotationsMatch(
  wanted: Readonly<Record<string, string>>,
  subject: MatchSubject,
): boolean {
  return Object.entries(wanted).every(([keyPattern, valuePattern]) =>
    Object.entries(subject.annotations).some(
      ([key, value]) =>
        textMatches(keyPattern, key, subject) && textMatches(valuePattern, value, subject),
    ),
  );
}

/** For texts that the requester writes; all others are short. */
function textMatches(pattern: string, text: string, { budget }: MatchSubject): boolean {
  return budget === undefined
    ? wildcardMatches(pattern, text)
    : budgetedWildcard(pattern, text, budget);
}
