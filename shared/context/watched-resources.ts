import type { Clock } from '../base/clock.ts';
import type { Kube, KubeObject } from '../kube/kube.ts';
import { typeTitle } from '../kube/resource-title.ts';
import { Watched } from '../kube/watched.ts';
import { GlobalEntryError, type GlobalResources } from './read-global-entry.ts';
import { Snapshot } from './snapshot.ts';

/** A list that is longer is no data for a rule: expressions on it would not end in their bounds. */
const MAX_OBJECTS = 10_000;

export interface WatchedResourcesOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** All objects of a type, followed by a watch. */
export class WatchedResources {
  readonly #watched: Watched<Snapshot>;

  constructor({ type, namespace }: GlobalResources, options: WatchedResourcesOptions) {
    this.#watched = new Watched({
      ...options,
      type,
      namespace,
      keep: withoutManagedFields,
      project(items) {
        if (items.length <= MAX_OBJECTS) return new Snapshot(items);
        throw new GlobalEntryError(
          'TOO_LARGE',
          `there are ${items.length} ${typeTitle(type)}, expected at most ${MAX_OBJECTS}`,
        );
      },
    });
  }

  /** @throws {KubeError | GlobalEntryError} */
  async latest(signal: AbortSignal | undefined): Promise<Snapshot> {
    return this.#watched.value(signal);
  }
}

/** Half of an object, and of no use to policies. */
function withoutManagedFields({ metadata, ...object }: KubeObject): KubeObject {
  const { managedFields: _managed, ...rest } = metadata;
  return { ...object, metadata: { ...rest, name: metadata.name } };
}
