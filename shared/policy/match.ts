import { wildcardMatches } from '../base/wildcard.ts';
import { labelSelectorMatches } from './label-selector.ts';
import type {
  Filters,
  KindPattern,
  Operation,
  RequestedResource,
  ResourceFilter,
  Selection,
} from './model.ts';

/** What a selection looks at; where there is no name yet, `name` is `generateName`. */
export interface MatchSubject extends RequestedResource {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What webhooks are registered for unless a filter says otherwise (Kyverno 1.19). */
const DEFAULT_OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE'];

/** Whether a rule with this selection is for the request (Kyverno 1.19). */
export function matches(selection: Selection, subject: MatchSubject): boolean {
  const { match, exclude } = selection;
  return (
    combine(match, (filter) => isSelected(filter, subject)) &&
    !(exclude !== undefined && combine(exclude, (filter) => filterMatches(filter, subject)))
  );
}

/** An empty list of filters selects nothing, however it is combined (MUST-NOT-HAPPEN 5). */
function combine(
  { combine, filters }: Filters,
  holds: (filter: ResourceFilter) => boolean,
): boolean {
  if (filters.length === 0) return false;
  return combine === 'any' ? filters.some(holds) : filters.every(holds);
}

function isSelected(filter: ResourceFilter, subject: MatchSubject): boolean {
  const operations = filter.operations.length === 0 ? DEFAULT_OPERATIONS : filter.operations;
  return operations.includes(subject.operation) && filterMatches(filter, subject);
}

function filterMatches(filter: ResourceFilter, subject: MatchSubject): boolean {
  const { kinds, names, namespaces, operations, annotations, selector } = filter;
  // A Namespace is matched by its own name (Kyverno: checkNameSpace).
  const namespace = subject.kind === 'Namespace' ? subject.name : subject.namespace;
  return (
    isOpenOr(kinds, (kind) => kindMatches(kind, subject)) &&
    isOpenOr(operations, (operation) => operation === subject.operation) &&
    isOpenOr(names, (pattern) => wildcardMatches(pattern, subject.name)) &&
    isOpenOr(namespaces, (pattern) => wildcardMatches(pattern, namespace)) &&
    annotationsMatch(annotations, subject) &&
    (selector === undefined || labelSelectorMatches(selector, subject.labels))
  );
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
      ([key, value]) => wildcardMatches(keyPattern, key) && wildcardMatches(valuePattern, value),
    ),
  );
}
