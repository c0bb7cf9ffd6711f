import { quote, type Fields } from './fields.ts';
import { canExist, parseKindPattern } from './kind-pattern.ts';
import type { Operation, ResourceFilter } from './model.ts';
import { readLabelSelector } from './read-label-selector.ts';
import { readUserFilter } from './read-user-filter.ts';
import { findText, VARIABLE } from './variables.ts';

const OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

const OPEN: ResourceFilter = {
  kinds: [],
  names: [],
  namespaces: [],
  operations: [],
  annotations: {},
  selector: undefined,
};

/** Reads one element of `any` or `all`; the legacy block around `match.resources` has the same form. */
export function readFilter(fields: Fields): ResourceFilter {
  const resources = fields.object('resources');
  const filter: ResourceFilter = {
    ...(resources === undefined ? OPEN : readResources(resources)),
    user: readUserFilter(fields),
  };
  if (isOpen(filter)) fields.fault('error', 'selects nothing, expected "resources" with "kinds"');
  fields.end();
  return filter;
}

function readResources(resources: Fields): ResourceFilter {
  const filter: ResourceFilter = {
    kinds: readKinds(resources),
    names: readNames(resources),
    namespaces: resources.strings('namespaces'),
    operations: readOperations(resources),
    annotations: resources.stringMap('annotations'),
    selector: readLabelSelector(resources, 'selector'),
    namespaceSelector: readLabelSelector(resources, 'namespaceSelector'),
  };
  resources.end();
  refuseText(resources);
  return filter;
}

/** A kind that nothing has is a slip of its author, and what the filter was to select goes unselected. */
function readKinds(resources: Fields): ResourceFilter['kinds'] {
  return resources.strings('kinds').map((text) => {
    const kind = parseKindPattern(text);
    if (!canExist(kind))
      resources.fault(
        'warning',
        `found ${quote(text)}, which no kind of objects is: it selects nothing, as in Kyverno 1.19; write "Pod", "v1/Pod" or "apps/v1/Deployment", with "/subresource" where one is meant`,
        'kinds',
      );
    return kind;
  });
}

function readNames(resources: Fields): readonly string[] {
  const name = resources.string('name');
  const names = resources.strings('names');
  if (name !== undefined && names.length > 0)
    resources.fault('error', 'found "name" beside "names", expected one of them', 'name');
  return name === undefined || name === '' ? names : [name];
}

function readOperations(resources: Fields): readonly Operation[] {
  return resources.strings('operations').flatMap((text) => {
    const operation = OPERATIONS.find((known) => known === text);
    if (operation !== undefined) return [operation];
    resources.fault(
      'error',
      `found ${quote(text)}, expected CREATE, UPDATE, DELETE or CONNECT`,
      'operations',
    );
    return [];
  });
}

/** Longer than any name, label or annotation that a person matches; keeps matching cheap. */
const TOO_LONG = /^[^]{4097}/;

/** Kyverno refuses variables here too (Kyverno 1.19). */
function refuseText(resources: Fields): void {
  for (const key of resources.keys()) {
    if (findText(resources.json(key), '', TOO_LONG).length > 0)
      resources.fault('error', 'found a text of more than 4096 characters, expected less', key);
    if (findText(resources.json(key), '', VARIABLE).length > 0)
      resources.fault(
        'error',
        'found a variable, expected plain text: match and exclude take none',
        key,
      );
  }
}

function isOpen(filter: ResourceFilter): boolean {
  const { kinds, names, namespaces, operations, annotations } = filter;
  const lists = [kinds, names, namespaces, operations, Object.keys(annotations)];
  const others = [filter.selector, filter.namespaceSelector, filter.user];
  return others.every((one) => one === undefined) && lists.every((list) => list.length === 0);
}
