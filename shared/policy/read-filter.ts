import { quote, type Fields } from './fields.ts';
import { parseKindPattern } from './kind-pattern.ts';
import type { LabelSelector, Operation, ResourceFilter } from './model.ts';
import { findText, VARIABLE } from './variables.ts';

export interface ReadFilter {
  readonly filter: ResourceFilter;
  /** False where the author named a condition that is not supported and is missing from the filter. */
  readonly isComplete: boolean;
}

/** Conditions on who asks; they need the request's user (Kyverno 1.19). */
const USER_FIELDS = ['subjects', 'roles', 'clusterRoles'] as const;

const OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

const OPEN: ResourceFilter = {
  kinds: [],
  names: [],
  namespaces: [],
  operations: [],
  annotations: {},
  selector: undefined,
};

/** Reads one element of `any` or `all`; the legacy block `match.resources` has the same form. */
export function readFilter(fields: Fields): ReadFilter {
  const users = USER_FIELDS.filter((field) => fields.has(field));
  for (const field of users)
    fields.unsupported(field, 'conditions on the requesting user are not supported yet');
  const resources = fields.object('resources');
  const filter = resources === undefined ? OPEN : readResources(resources);
  const isComplete = users.length === 0 && resources?.has('namespaceSelector') !== true;
  if (isComplete && isOpen(filter))
    fields.fault('error', 'selects nothing, expected "resources" with "kinds"');
  fields.end();
  return { filter, isComplete };
}

function readResources(resources: Fields): ResourceFilter {
  resources.unsupported('namespaceSelector', 'selecting namespaces by label is not supported yet');
  const filter: ResourceFilter = {
    kinds: readKinds(resources),
    names: readNames(resources),
    namespaces: resources.strings('namespaces'),
    operations: readOperations(resources),
    annotations: resources.stringMap('annotations'),
    selector: readSelector(resources),
  };
  resources.end();
  refuseText(resources);
  return filter;
}

function readKinds(resources: Fields): ResourceFilter['kinds'] {
  return resources.strings('kinds').flatMap((text) => {
    const kind = parseKindPattern(text);
    if (kind !== undefined) return [kind];
    resources.fault(
      'error',
      `found ${quote(text)}, expected "Kind", "version/Kind" or "group/version/Kind", with "/subresource" where one is meant`,
      'kinds',
    );
    return [];
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

function readSelector(resources: Fields): LabelSelector | undefined {
  const selector = resources.object('selector');
  if (selector === undefined) return undefined;
  const matchLabels = selector.stringMap('matchLabels');
  const matchExpressions = selector.objects('matchExpressions').flatMap((expression) => {
    const key = expression.string('key');
    const operator = expression.choice('operator', ['In', 'NotIn', 'Exists', 'DoesNotExist']);
    const values = expression.strings('values');
    expression.end();
    if (key === undefined || operator === undefined) {
      expression.fault('error', 'is not complete, expected "key" and "operator"');
      return [];
    }
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues !== values.length > 0)
      expression.fault(
        'error',
        `${operator} ${needsValues ? 'needs' : 'takes no'} values`,
        'values',
      );
    return [{ key, operator, values }];
  });
  selector.end();
  return { matchLabels, matchExpressions };
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
  const { kinds, names, namespaces, operations, annotations, selector } = filter;
  const lists = [kinds, names, namespaces, operations, Object.keys(annotations)];
  return selector === undefined && lists.every((list) => list.length === 0);
}
