import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import { stringAt } from '#shared/base/json-value.ts';
import type { Expectation, ResourceSpec } from './suite.ts';

/** An object by the request that it is in. */
interface Requested {
  readonly request: AdmissionRequest;
}

/** The objects that an expectation is about, and the names in it that no object has. */
export interface SelectedObjects<Item> {
  readonly objects: readonly Item[];
  readonly unknown: readonly string[];
}

/**
 * Finds the objects by `name`, `namespace/name` or spec; every object where none is named. Unlike Kyverno,
 * which then takes all objects, a name that no object has is told.
 */
export function selectObjects<Item extends Requested>(
  { resources, resourceSpecs, kind }: Expectation,
  all: readonly Item[],
): SelectedObjects<Item> {
  if (resources.length + resourceSpecs.length === 0) return { objects: all, unknown: [] };
  const objects = new Set<Item>();
  const unknown: string[] = [];
  const take = (found: readonly Item[], name: string): void => {
    for (const object of found) objects.add(object);
    if (found.length === 0) unknown.push(name);
  };
  for (const name of resources) take(ofKind(byName(all, name), kind), name);
  for (const spec of resourceSpecs) {
    take(
      all.filter(({ request }) => isOfSpec(request, spec)),
      specName(spec),
    );
  }
  return { objects: [...objects], unknown };
}

/** `Pod/default/web`. */
export function resourceName({ request }: Requested): string {
  return `${request.kind}/${request.namespace}/${nameOf(request)}`;
}

/** The name of the object, or the start that its name will have. */
export function nameOf({ name, object, oldObject }: AdmissionRequest): string {
  return name === '' ? (stringAt(object ?? oldObject, 'metadata', 'generateName') ?? '') : name;
}

function byName<Item extends Requested>(all: readonly Item[], text: string): readonly Item[] {
  const [name = '', namespace] = text.split('/').toReversed();
  return all.filter(
    ({ request }) =>
      nameOf(request) === name && (namespace === undefined || namespace === request.namespace),
  );
}

/** Kyverno goes by the name alone: the kind decides only between several of one name. */
function ofKind<Item extends Requested>(
  found: readonly Item[],
  kind: string | undefined,
): readonly Item[] {
  const same = found.filter(({ request }) => request.kind === kind);
  return same.length === 0 ? found : same;
}

function isOfSpec(request: AdmissionRequest, spec: ResourceSpec): boolean {
  const { group, version, kind, namespace, name } = spec;
  return (
    request.group === group &&
    isOpenOr(version, request.version) &&
    isOpenOr(kind, request.kind) &&
    isOpenOr(namespace, request.namespace) &&
    isOpenOr(name, nameOf(request))
  );
}

function isOpenOr(wanted: string | undefined, found: string): boolean {
  return wanted === undefined || wanted === '' || wanted === found;
}

function specName({ kind, namespace, name }: ResourceSpec): string {
  return [kind, namespace, name].filter((part) => part !== undefined).join('/');
}
