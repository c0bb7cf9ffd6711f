import type { JsonObject } from '../../base/json-value.ts';
import { ConditionError } from '../../condition/condition-error.ts';
import { patternSubject, repositoryName } from '../../image/format-reference.ts';
import {
  type ImageReference,
  ImageReferenceError,
  parseReference,
  withWrittenHost,
} from '../../image/reference.ts';
import type { ImageRole, WorkloadImage } from '../../workload/images.ts';

/** Names of the groups; Kyverno has no images of volumes, which are images all the same. */
const GROUPS: Readonly<Record<ImageRole, string>> = {
  container: 'containers',
  init: 'initContainers',
  ephemeral: 'ephemeralContainers',
  volume: 'volumes',
  extracted: 'custom',
};

/**
 * `images` of expressions: `images.containers.<name>.tag` (Kyverno 1.19). Of two containers with one name
 * the second has its JSON pointer added to it, so that no image hides another (MUST-NOT-HAPPEN 27). Blank
 * images are left out.
 * @throws {ConditionError} INVALID_ARGUMENT for an image that cannot be parsed (MUST-NOT-HAPPEN 31).
 */
export function imagesValue(images: readonly WorkloadImage[]): JsonObject {
  const groups = new Map<string, Map<string, JsonObject>>();
  for (const image of images) {
    if (image.image.trim() === '') continue;
    const name = image.group ?? GROUPS[image.role];
    const group = groups.get(name) ?? new Map<string, JsonObject>();
    groups.set(name, group);
    let key = image.name;
    while (group.has(key)) key += image.pointer;
    group.set(key, {
      ...imageValue(parse(image.image)),
      jsonPointer: image.pointer,
    });
  }
  const values = [...groups].map(([name, group]) => [name, Object.fromEntries(group)]);
  return Object.fromEntries(values) as JsonObject;
}

/**
 * `image` of expressions, the one that is being judged, with the host as it is written; a part that is not
 * there is left out (Kyverno 1.19).
 */
export function imageValue(parsed: ImageReference): JsonObject {
  const reference = withWrittenHost(parsed);
  const { registry, path, tag, digest } = reference;
  return {
    registry,
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    reference: patternSubject(reference),
    referenceWithTag: `${repositoryName(reference)}:${tag ?? ''}`,
  };
}

function parse(image: string): ImageReference {
  try {
    return parseReference(image);
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    throw new ConditionError('INVALID_ARGUMENT', `invalid image '${image}': ${error.message}`, {
      cause: error,
    });
  }
}
