import type { Clock } from '../base/clock.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import type { Kube, KubeObject } from '../kube/kube.ts';
import { isObjectName } from '../kube/object-name.ts';
import { typeTitle } from '../kube/resource-title.ts';
import { type GlobalContextEntry, GlobalEntryError, readGlobalEntry } from './read-global-entry.ts';

/** A changed entry counts after this time at the latest. Milliseconds. */
const KEPT_FOR = 10_000;

/** Entries a cluster has; Kyverno's users have some ten. */
const MAX_ENTRIES = 200;

/** The newest first; all of them have the same fields. */
const VERSIONS = ['v2', 'v2beta1', 'v2alpha1'] as const;

/** What the GlobalContextEntry objects of a cluster say; only those that a rule names are read. */
export class GlobalDefinitions {
  readonly #kube: Kube;
  readonly #cache: TtlCache<GlobalContextEntry>;
  readonly #reading = new SingleFlight<GlobalContextEntry | undefined>();

  constructor(kube: Kube, clock: Clock) {
    this.#kube = kube;
    this.#cache = new TtlCache({ maxEntries: MAX_ENTRIES, clock });
  }

  /**
   * Undefined where there is no such entry.
   * @throws {KubeError}
   * @throws {GlobalEntryError} where the entry cannot be used.
   */
  async read(name: string): Promise<GlobalContextEntry | undefined> {
    if (!isObjectName(name)) return undefined;
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    return this.#reading.run(name, async () => {
      const entry = await this.#readNow(name);
      if (entry !== undefined) this.#cache.set(name, entry, KEPT_FOR);
      return entry;
    });
  }

  async #readNow(name: string): Promise<GlobalContextEntry | undefined> {
    const object = await this.#get(name);
    if (object === undefined) return undefined;
    const entry = readGlobalEntry(object);
    // A watch of a type that is not there sees nothing, which is not the same as that there is nothing.
    if (entry.data.kind === 'resources' && !(await this.#kube.serves(entry.data.type)))
      throw new GlobalEntryError(
        'NOT_SERVED',
        `GlobalContextEntry "${name}" is about ${typeTitle(entry.data.type)} ${entry.data.type.version}, which the API server does not serve`,
      );
    return entry;
  }

  async #get(name: string): Promise<KubeObject | undefined> {
    for (const version of VERSIONS) {
      const type = { group: 'kyverno.io', version, resource: 'globalcontextentries' };
      const found = await this.#kube.get({ ...type, name });
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
