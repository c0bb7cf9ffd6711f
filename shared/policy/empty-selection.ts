import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  member,
  stringAt,
} from '../base/json-value.ts';
import { wildcardMatches } from '../base/wildcard.ts';
import type { Refused } from './refusal.ts';
import { textsAt, type Written, writtenAt, writtenList } from './written.ts';

/**
 * Where `exclude` of a rule leaves nothing of its `match`, as Kyverno 1.19 has it: two filters of `any` that
 * are the same, or a block without lists all of whose conditions are met by `match`. A list in `all` is not
 * looked at.
 */
export function emptySelection(rule: Written): readonly Refused[] {
  const [match] = writtenAt(rule, 'match');
  const [exclude] = writtenAt(rule, 'exclude');
  if (match === undefined || exclude === undefined) return [];
  if ([match, exclude].some((block) => writtenList(block, 'all').length > 0)) return [];
  const excluded = writtenList(exclude, 'any');
  if (writtenList(match, 'any').length > 0 && excluded.length > 0)
    return repeatedFilters(rule).map(({ path }) => [
      path,
      'an exclusion that is the same as a filter of "match"',
    ]);
  if (canonical(exclude.value) === '{}' || leavesSome(match, exclude)) return [];
  return [
    [
      exclude.path,
      excluded.length > 0
        ? 'a list in "exclude" beside a "match" without one, write "match" with "any" too'
        : 'an exclusion of everything that "match" selects',
    ],
  ];
}

/** Filters of `exclude.any` that are in `match.any` too. */
export function repeatedFilters(rule: Written): readonly Written[] {
  const filtersOf = (block: 'match' | 'exclude'): readonly Written[] =>
    writtenAt(rule, block).flatMap((one) => writtenList(one, 'any'));
  const matched = new Set(filtersOf('match').map(({ value }) => canonical(value)));
  return filtersOf('exclude').filter(({ value }) => matched.has(canonical(value)));
}

/** Both blocks as one filter each; what stands in a list does not count. */
function leavesSome(match: Written, exclude: Written): boolean {
  const userDiffers =
    ['roles', 'clusterRoles'].some((key) => isBeyond(texts(match, key), texts(exclude, key))) ||
    isBeyond(canonicals(match, 'subjects'), canonicals(exclude, 'subjects'));
  const [from, taken] = [resourcesOf(match), resourcesOf(exclude)];
  const name = stringAt(taken.value, 'name') ?? '';
  if (userDiffers || (name !== '' && !wildcardMatches(name, stringAt(from.value, 'name') ?? '')))
    return true;
  const names = texts(taken, 'names');
  if (names.length > 0)
    return !texts(from, 'names').some((one) =>
      names.some((pattern) => wildcardMatches(pattern, one)),
    );
  return (
    ['namespaces', 'kinds'].some((key) => isBeyond(texts(from, key), texts(taken, key))) ||
    ['selector', 'namespaceSelector'].some((key) => selectsOthers(from, taken, key)) ||
    canonical(member(from.value, 'annotations')) !== canonical(member(taken.value, 'annotations'))
  );
}

/** Something is taken out, and not all that is selected. */
function isBeyond(selected: readonly string[], taken: readonly string[]): boolean {
  if (taken.length === 0) return false;
  return selected.length === 0 || !selected.every((one) => taken.includes(one));
}

function selectsOthers(from: Written, taken: Written, key: string): boolean {
  const [[selected], [excluded]] = [writtenAt(from, key), writtenAt(taken, key)];
  if (selected === undefined || excluded === undefined) return selected !== excluded;
  return (
    isBeyond(canonicals(selected, 'matchExpressions'), canonicals(excluded, 'matchExpressions')) ||
    isBeyond(pairs(selected), pairs(excluded))
  );
}

function pairs(selector: Written): readonly string[] {
  return writtenAt(selector, 'matchLabels').flatMap(({ value }) =>
    Object.entries(value).map((pair) => JSON.stringify(pair)),
  );
}

function resourcesOf(block: Written): Written {
  return writtenAt(block, 'resources')[0] ?? { value: {}, path: '' };
}

function texts(owner: Written, key: string): readonly string[] {
  return textsAt(owner, key).map(({ text }) => text);
}

function canonicals(owner: Written, key: string): readonly string[] {
  return writtenList(owner, key).map(({ value }) => canonical(value));
}

/** The value as Go holds it: without the order of keys, and without what says nothing. */
function canonical(value: JsonValue | undefined): string {
  return JSON.stringify(sorted(value ?? null));
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(sorted);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value)
    .filter(([key, one]) => says(key, one))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(kept.map(([key, one]) => [key, sorted(one ?? null)])) as JsonObject;
}

/** An empty `selector` is one, an empty block of resources is none. */
function says(key: string, value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return false;
  return key !== 'resources' || Object.keys(value).length > 0;
}
