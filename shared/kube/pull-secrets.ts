import type { Clock } from '../base/clock.ts';
import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import type { Keychain } from '../registry/keychain.ts';
import { firstOf } from '../registry/static-keychain.ts';
import type { PullIdentity } from '../workload/pull-identity.ts';
import { KubeError } from './kube-error.ts';
import type { Kube, KubeObject, ResourceName } from './kube.ts';
import { keychainsOf } from './secret-keychains.ts';

/** A changed Secret counts after this time at the latest; a rollout of many Pods reads it once; milliseconds. */
const KEPT_FOR = 60_000;

/** Namespaces times service accounts of a large cluster; each entry is a few hundred bytes. */
const MAX_ENTRIES = 10_000;

/** Pods name one or two; a list that is longer than this would make us read Secrets for its author. */
const MAX_SECRETS = 20;

const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };

/** Finds the credentials with which the kubelet would pull a workload's images. */
export class PullSecrets {
  readonly #kube: Kube;
  readonly #cache: TtlCache<Keychain>;
  readonly #reading = new SingleFlight<Keychain>();

  constructor(kube: Kube, clock: Clock) {
    this.#kube = kube;
    this.#cache = new TtlCache({ maxEntries: MAX_ENTRIES, clock });
  }

  /**
   * The keychain of a workload's `imagePullSecrets`, or else of its service account. A Secret that does
   * not exist is left out, as the kubelet does, and so is one that this webhook was not given the right to
   * read: images that need no credentials are none of its business, and for the others the registry says
   * that it wants some. Any other trouble is an error.
   * @throws {KubeError}
   */
  keychain(pull: PullIdentity): Promise<Keychain> {
    const key = JSON.stringify([pull.namespace, pull.serviceAccountName, pull.imagePullSecrets]);
    const known = this.#cache.get(key);
    if (known !== undefined) return Promise.resolve(known);
    return this.#reading.run(key, async () => {
      const keychain = await this.#read(pull);
      this.#cache.set(key, keychain, KEPT_FOR);
      return keychain;
    });
  }

  async #read(pull: PullIdentity): Promise<Keychain> {
    const named =
      pull.imagePullSecrets.length > 0 ? pull.imagePullSecrets : await this.#accountSecrets(pull);
    const names = [...new Set(named)].slice(0, MAX_SECRETS);
    const found = await Promise.all(
      names.map((name) => this.#readable({ ...SECRETS, name, namespace: pull.namespace })),
    );
    return firstOf(found.flatMap((secret) => (secret === undefined ? [] : keychainsOf(secret))));
  }

  /** Kubernetes itself copies these into Pods, so they are wanted for templates only. */
  async #accountSecrets(pull: PullIdentity): Promise<readonly string[]> {
    const name = { ...SERVICE_ACCOUNTS, name: pull.serviceAccountName, namespace: pull.namespace };
    const secrets = member(await this.#readable(name), 'imagePullSecrets');
    return Array.isArray(secrets) ? (secrets as readonly JsonValue[]).flatMap(referenceName) : [];
  }

  async #readable(name: ResourceName): Promise<KubeObject | undefined> {
    try {
      return await this.#kube.get(name);
    } catch (error) {
      if (error instanceof KubeError && error.code === 'FORBIDDEN') return undefined;
      throw error;
    }
  }
}

function referenceName(reference: JsonValue): readonly string[] {
  const name = stringAt(reference, 'name');
  return name === undefined || name === '' ? [] : [name];
}
