import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '#shared/base/json-value.ts';
import { KubeError } from '#shared/kube/kube-error.ts';
import type { Kube, KubeObject } from '#shared/kube/kube.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
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

/**
 * Applies one object by server-side apply, and says what that did.
 * @throws {ClusterError} `REFUSED` where somebody else manages a field and `force` is not set.
 * @throws {KubeError} as the API server refuses otherwise.
 */
export async function applyObject(
  kube: Kube,
  object: KubeObject,
  settings: ApplySettings,
): Promise<Applied> {
  const before = await kube.get(resourceNameOf(object));
  const after = await kube
    .apply(resourceTypeOf(object), object, settings)
    .catch((error: unknown) => {
      throw withAdvice(error);
    });
  if (before === undefined) return 'created';
  return isDeepStrictEqual(content(before), content(after)) ? 'unchanged' : 'configured';
}

function withAdvice(error: unknown): unknown {
  if (!(error instanceof KubeError && error.code === 'CONFLICT')) return error;
  const message = `${error.message}; --force-conflicts takes these fields over`;
  return new ClusterError('REFUSED', message, { cause: error });
}

function content(object: KubeObject): unknown {
  const { metadata, ...rest } = object;
  const kept = Object.entries(isJsonObject(metadata) ? metadata : {}).filter(
    ([field]) => !BOOKKEEPING.has(field),
  );
  return { ...rest, metadata: Object.fromEntries(kept) };
}
