import type { Clock } from '../base/clock.ts';
import { raceAbort } from '../base/race-abort.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import { KubeError } from './kube-error.ts';
import type { Kube, KubeObject } from './kube.ts';
import { isObjectName } from './object-name.ts';

/** A rollout of many Pods reads a ConfigMap once, and a change counts almost at once. Milliseconds. */
const KEPT_FOR = 5_000;

/** Each has 1 MiB at most; names may hold variables, so that there can be many. */
const MAX_ENTRIES = 64;

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };

/** Reads ConfigMaps, one by one and only those that somebody names. */
export class ConfigMaps {
  readonly #kube: Kube;
  readonly #cache: TtlCache<KubeObject>;
  readonly #reading = new SingleFlight<KubeObject | undefined>();

  constructor(kube: Kube, clock: Clock) {
    this.#kube = kube;
    this.#cache = new TtlCache({ maxEntries: MAX_ENTRIES, clock });
  }

  /**
   * Undefined where there is none. That is not kept: whoever makes the missing ConfigMap tries again at once.
   * @throws {KubeError}
   */
  async read(
    { namespace, name }: { readonly namespace: string; readonly name: string },
    signal: AbortSignal | undefined,
  ): Promise<KubeObject | undefined> {
    for (const text of [namespace, name])
      if (!isObjectName(text))
        throw new KubeError(
          'INVALID',
          `Cannot get configmap "${name}" in namespace "${namespace}": expected names of lower-case letters, digits, "-" and "."`,
        );
    const key = `${namespace}/${name}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    return raceAbort(
      this.#reading.run(key, async () => {
        const found = await this.#kube.get({ ...CONFIG_MAPS, namespace, name });
        if (found !== undefined) this.#cache.set(key, found, KEPT_FOR);
        return found;
      }),
      signal,
    );
  }
}
