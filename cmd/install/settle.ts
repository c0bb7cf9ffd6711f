import { Limiter } from '#shared/base/limiter.ts';
import { KubeError } from '#shared/kube/kube-error.ts';
import type { Kube, KubeObject } from '#shared/kube/kube.ts';
import { placePolicy } from '../policy/place-policy.ts';
import { type Applied, type ApplySettings, applyObject } from './apply.ts';
import type { PlannedObject } from './plan.ts';
import { MANAGED, isManaged } from './managed-label.ts';
import { update } from './update.ts';
import { objectTitle, resourceNameOf, resourceTypeOf } from './resource-types.ts';

/** Calls to the API server at the same time while nothing is written; its own limits are far higher. */
const CONCURRENCY = 8;

/** What applying an object would do. */
export interface TriedObject {
  readonly title: string;
  readonly applied: Applied;
}

/** An object that somebody else made: installed over, but not claimed; or left alone. */
export interface SettledPlan {
  readonly planned: readonly PlannedObject[];
  /** Titles of objects that are left as they are. */
  readonly kept: readonly string[];
}

/**
 * Fits the plan to the cluster: definitions that others installed are left alone, policies that others
 * made are applied without our label, so that `uninstall` will not remove them.
 */
export async function settlePlan(kube: Kube, plan: readonly PlannedObject[]): Promise<SettledPlan> {
  const limiter = new Limiter(CONCURRENCY);
  const settled = await Promise.all(plan.map((step) => limiter.run(() => settle(kube, step))));
  return {
    planned: settled.flatMap((step) => (typeof step === 'string' ? [] : [step])),
    kept: settled.filter((step) => typeof step === 'string'),
  };
}

/** The step as it is to be done, or the title of the object that is left alone. */
async function settle(kube: Kube, step: PlannedObject): Promise<PlannedObject | string> {
  const object = placePolicy(step.object, kube.defaultNamespace);
  const existing = await kube.get(resourceNameOf(object));
  const isForeign = existing !== undefined && !isManaged(existing);
  if (isForeign && step.onlyIfMissing) return objectTitle(object);
  return { ...step, object: isForeign && step.stage === 'policies' ? unclaimed(object) : object };
}

/**
 * Lets the API server try every object without storing it: missing rights, conflicts and refusals by other
 * webhooks come to light before the first write. What an object needs that the plan itself brings (its
 * namespace, its definition) may still be missing.
 * @throws {KubeError} as the API server refuses.
 */
export async function tryAll(
  kube: Kube,
  planned: readonly PlannedObject[],
  settings: Omit<ApplySettings, 'dryRun'>,
): Promise<readonly TriedObject[]> {
  const limiter = new Limiter(CONCURRENCY);
  const tryOne = async ({ object }: PlannedObject): Promise<TriedObject> => {
    const title = objectTitle(object);
    try {
      return { title, applied: await applyObject(kube, object, { ...settings, dryRun: true }) };
    } catch (thrown) {
      if (!isMissing(thrown) || !isBrought(object, planned)) throw thrown;
      return { title, applied: 'created' };
    }
  };
  return await Promise.all(planned.map((step) => limiter.run(() => tryOne(step))));
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof KubeError && thrown.code === 'NOT_FOUND';
}

/** Whether the plan itself brings the object's namespace or definition. */
function isBrought(object: KubeObject, planned: readonly PlannedObject[]): boolean {
  const { group, resource } = resourceTypeOf(object);
  return planned.some(
    ({ object: { kind, metadata } }) =>
      (kind === 'Namespace' && metadata.name === object.metadata['namespace']) ||
      (kind === 'CustomResourceDefinition' && metadata.name === `${resource}.${group}`),
  );
}

function unclaimed(object: KubeObject): KubeObject {
  return update(object, ['metadata', 'labels'], (labels) =>
    Object.fromEntries(Object.entries(labels ?? {}).filter(([label]) => label !== MANAGED.label)),
  );
}
