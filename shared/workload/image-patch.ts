import type { Operation, ReplaceOperation } from 'fast-json-patch';
import jsonPatch from 'fast-json-patch';
import type { JsonObject } from '../base/json-value.ts';

/** A new value for one image field. */
export interface ImageChange {
  readonly pointer: string;
  readonly value: string;
}

/** RFC 6902 `replace` operations on exact image fields; nothing else is ever touched (MUST-NOT-HAPPEN 24). */
export function imagePatch(changes: readonly ImageChange[]): readonly Operation[] {
  return changes.map(({ pointer, value }): ReplaceOperation<string> => ({
    op: 'replace',
    path: pointer,
    value,
  }));
}

/**
 * The object as the API server will see it after the patch; the given object stays as it is.
 * @throws {Error} if an operation does not apply.
 */
export function applyPatch(object: JsonObject, patch: readonly Operation[]): JsonObject {
  if (patch.length === 0) return object;
  return jsonPatch.applyPatch(structuredClone(object), patch, true).newDocument;
}

/**
 * Makes sure that every operation replaces a string that is there, as {@link applyPatch} would, without
 * copying the object.
 * @throws {Error} if one does not: such a patch must not leave the process.
 */
export function checkPatch(object: JsonObject, patch: readonly Operation[]): void {
  for (const { path } of patch) {
    const found: unknown = jsonPatch.getValueByPointer(object, path);
    if (typeof found !== 'string')
      throw new TypeError(`Cannot patch "${path}": found ${typeof found}, expected an image`);
  }
}
