import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '#shared/base/json-value.ts';
import type { Kube, KubeObject } from '#shared/kube/kube.ts';
import { resourceNameOf, resourceTypeOf } from './resource-types.ts';

/** kubectl's words for what applying an object did. */
export type Applied = 'created' | 'configured' | 'unchanged';

export interface ApplySettings {
  readonly fieldManager: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** What the API server itself counts and keeps, whether or not anything changed. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
]);

/** Applies one object by server-side apply, and says what that did. */
export async function applyObject(
  kube: Kube,
  object: KubeObject,
  { fieldManager, force, dryRun }: ApplySettings,
): Promise<Applied> {
  const before = await kube.get(resourceNameOf(object));
  const after = await kube.apply(resourceTypeOf(object), object, { fieldManager, force, dryRun });
  if (before === undefined) return 'created';
  return isDeepStrictEqual(content(before), content(after)) ? 'unchanged' : 'configured';
}

function content(object: KubeObject): unknown {
  const { metadata, ...rest } = object;
  const kept = Object.entries(isJsonObject(metadata) ? metadata : {}).filter(
    ([field]) => !BOOKKEEPING.has(field),
  );
  return { ...rest, metadata: Object.fromEntries(kept) };
}
