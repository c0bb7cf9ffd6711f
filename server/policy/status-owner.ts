import type { Clock } from '#shared/base/clock.ts';
import { stringAt } from '#shared/base/json-value.ts';
import { TtlCache } from '#shared/base/ttl-cache.ts';
import type { Kube } from '#shared/kube/kube.ts';

/** Kinds of this project. */
const OWN_GROUP = 'sign-policy.dev';

/** Kyverno may be installed meanwhile, whose kinds then are its own. Milliseconds. */
const KNOWN_FOR_MS = 60_000;

/**
 * Whose status is ours to write: that of our own kinds, and of Kyverno's where `install` brought their
 * definitions, because there is no Kyverno. Where there is one, its objects are only read.
 */
export class StatusOwner {
  readonly #kube: Pick<Kube, 'get'>;
  readonly #known: TtlCache<boolean>;

  constructor(kube: Pick<Kube, 'get'>, clock: Clock) {
    this.#kube = kube;
    this.#known = new TtlCache({ maxEntries: 16, clock });
  }

  /** @throws {KubeError} where that cannot be found out. */
  async owns({ group, resource }: { group: string; resource: string }): Promise<boolean> {
    if (group === OWN_GROUP) return true;
    const name = `${resource}.${group}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const definition = await this.#kube.get({
      group: 'apiextensions.k8s.io',
      version: 'v1',
      resource: 'customresourcedefinitions',
      name,
    });
    const owner = stringAt(definition, 'metadata', 'labels', 'app.kubernetes.io/managed-by');
    const isOurs = owner === 'sign-policy';
    this.#known.set(name, isOurs, KNOWN_FOR_MS);
    return isOurs;
  }
}
