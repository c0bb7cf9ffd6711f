import { jsonPointer } from '../base/json-pointer.ts';
import { type JsonObject, type JsonValue, member } from '../base/json-value.ts';
import { collectImages } from './collect-images.ts';
import type { WorkloadKind } from './kinds.ts';

export type ImageRole = 'container' | 'init' | 'ephemeral' | 'volume' | 'extracted';

/** One place in an object that names an image. */
export interface WorkloadImage {
  readonly role: ImageRole;
  /** Container or volume name; empty where the object gives none. Of an extracted image its key, or the pointer. */
  readonly name: string;
  /** Of an extracted image: the name under which expressions find it and others. */
  readonly group?: string;
  /** The image was made of the text that is there, so that it cannot be written back. */
  readonly isTransformed?: boolean;
  /** JSON pointer of the image string: identity of the place (names may repeat, MUST-NOT-HAPPEN 27). */
  readonly pointer: string;
  /** The text found there; empty where the field is absent or blank. */
  readonly image: string;
}

/** An object whose image fields do not have the shape Kubernetes gives them. */
export interface UnreadableField {
  readonly pointer: string;
  readonly message: string;
}

export interface WorkloadImages {
  readonly images: readonly WorkloadImage[];
  readonly unreadable: readonly UnreadableField[];
}

type Path = readonly (string | number)[];

interface ImageList {
  readonly field: string;
  readonly role: ImageRole;
  readonly path: readonly string[];
  /** Whether an item may be without an image: only some volumes have one. */
  readonly optional: boolean;
}

/** PodSpec lists that carry images: field → path of the image inside an item. */
const IMAGE_LISTS: readonly ImageList[] = [
  { field: 'initContainers', role: 'init', path: ['image'], optional: false },
  { field: 'containers', role: 'container', path: ['image'], optional: false },
  { field: 'ephemeralContainers', role: 'ephemeral', path: ['image'], optional: false },
  { field: 'volumes', role: 'volume', path: ['image', 'reference'], optional: true },
];

/**
 * Every image of a workload with its JSON pointer: containers, init containers (sidecars among them),
 * ephemeral containers and image volumes. A field of a wrong type is reported, never skipped.
 */
export function readImages(object: JsonObject, kind: WorkloadKind): WorkloadImages {
  const podSpec = at(object, kind.podSpec);
  return collectImages(IMAGE_LISTS.flatMap((list) => readList(list, podSpec, kind.podSpec)));
}

function readList(
  list: ImageList,
  podSpec: JsonValue | undefined,
  podSpecPath: Path,
): readonly (WorkloadImage | UnreadableField)[] {
  const items = member(podSpec, list.field) ?? null;
  const path = [...podSpecPath, list.field];
  if (items === null) return [];
  if (!isList(items)) return [wrongType(path, 'a list', items)];
  return items.flatMap((item, index): readonly (WorkloadImage | UnreadableField)[] => {
    if (list.optional && (member(item, 'image') ?? null) === null) return [];
    const image = at(item, list.path) ?? '';
    const imagePath = [...path, index, ...list.path];
    if (typeof image !== 'string') return [wrongType(imagePath, 'a string', image)];
    return [{ role: list.role, name: nameOf(item), pointer: jsonPointer(imagePath), image }];
  });
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The value at `path`, own properties only. */
export function at(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let current = value;
  for (const key of path) current = member(current, key);
  return current;
}

function nameOf(item: JsonValue): string {
  const name = member(item, 'name');
  return typeof name === 'string' ? name : '';
}

function wrongType(path: Path, wanted: string, found: JsonValue): UnreadableField {
  const pointer = jsonPointer(path);
  return {
    pointer,
    message: `Cannot read images at ${pointer}: expected ${wanted}, found ${typeof found}`,
  };
}
