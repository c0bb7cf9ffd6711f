import { isDeepStrictEqual } from 'node:util';
import jsonPatch from 'fast-json-patch';
import { CodedError } from '#shared/base/coded-error.ts';
import { type JsonObject, isJsonObject, member } from '#shared/base/json-value.ts';
import { applyPatch } from '#shared/workload/image-patch.ts';
import { type FileObject, loadObjects } from '../file/load-objects.ts';
import { readInputs } from '../file/read-inputs.ts';
import type { Streams } from '../streams.ts';
import { creationOf } from '#shared/admission/creation-of.ts';
import type { ObjectDecision } from './object-decision.ts';
import { inFolder } from './in-folder.ts';
import { nameOf } from './select-objects.ts';
import type { Expectation, Suite } from './suite.ts';

/** Notes that webhooks leave for readers; what they say is in the result already. */
const PROOF_ANNOTATION = /^kyverno\.io\/verify-images/;

/** Differences that are told; more say no more. */
const MAX_DIFFERENCES = 5;

/** Why a test failed although its rule said what was expected. */
interface Difference {
  readonly reason: string;
  readonly lines: readonly string[];
}

/** The objects of `patchedResources` files, as they are expected to be after the patch. */
export class PatchedObjects {
  readonly #files: ReadonlyMap<string, ReadObjects>;

  private constructor(files: ReadonlyMap<string, ReadObjects>) {
    this.#files = files;
  }

  /** A file that cannot be used fails the tests that need it: many are for rules of other engines. */
  static async load(suite: Suite, streams: Streams): Promise<PatchedObjects> {
    const paths = new Set(
      suite.expectations.flatMap(({ patchedResources: path }) =>
        path === undefined ? [] : [path],
      ),
    );
    const files = new Map<string, ReadObjects>();
    for (const path of paths) {
      files.set(path, await readObjects(inFolder(suite, path), streams));
    }
    return new PatchedObjects(files);
  }

  /** Undefined where the object is patched as expected, or the file says nothing of it and need not. */
  difference(
    { patchedResources = '', failOnMissingResources }: Expectation,
    { request, decision }: ObjectDecision,
  ): Difference | undefined {
    if (request.object === undefined) return undefined;
    const objects = this.#files.get(patchedResources) ?? [];
    if (typeof objects === 'string') return { reason: 'no patched resource', lines: [objects] };
    const expected = objects.find(({ object }) => isSame(object, request));
    if (expected === undefined) {
      if (!failOnMissingResources) return undefined;
      const line = `"${patchedResources}" has no ${request.kind} "${nameOf(request)}"`;
      return { reason: 'no patched resource', lines: [line] };
    }
    const wanted = withoutProof(expected.object);
    const found = withoutProof(applyPatch(request.object, decision.patch));
    if (isDeepStrictEqual(wanted, found)) return undefined;
    return { reason: 'resource diff', lines: differences(wanted, found) };
  }
}

/** The objects of a file, or why there are none. */
type ReadObjects = readonly FileObject[] | string;

async function readObjects(path: string, streams: Streams): Promise<ReadObjects> {
  try {
    return loadObjects(await readInputs([path], { recursive: false, streams }));
  } catch (error) {
    if (error instanceof CodedError) return error.message;
    throw error;
  }
}

function isSame(object: JsonObject, request: ObjectDecision['request']): boolean {
  const expected = creationOf(object, 'default');
  return (
    expected.group === request.group &&
    expected.kind === request.kind &&
    expected.namespace === request.namespace &&
    nameOf(expected) === nameOf(request)
  );
}

function differences(wanted: JsonObject, found: JsonObject): readonly string[] {
  const steps = jsonPatch.compare(wanted, found);
  const lines = steps.slice(0, MAX_DIFFERENCES).map(({ path }) => {
    const [expected, actual] = [wanted, found].map((object) => {
      const value: unknown = jsonPatch.getValueByPointer(object, path);
      return value === undefined ? 'nothing' : JSON.stringify(value);
    });
    return `at ${path}: want ${expected ?? ''}, got ${actual ?? ''}`;
  });
  const more = steps.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more differences`] : lines;
}

/** Without the notes, and without what was made only to hold them. */
function withoutProof(object: JsonObject): JsonObject {
  const metadata = member(object, 'metadata');
  const annotations = member(metadata, 'annotations');
  if (!isJsonObject(metadata) || !isJsonObject(annotations)) return object;
  const kept = Object.entries(annotations).filter(([key]) => !PROOF_ANNOTATION.test(key));
  const { annotations: _removed, ...others } = metadata;
  const rest = kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) };
  return { ...object, metadata: { ...others, ...rest } };
}
