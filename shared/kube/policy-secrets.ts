import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/coded-error.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import type { Keychain } from '../registry/keychain.ts';
import { KeychainError } from '../registry/keychain-error.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { SecretPlace } from '../workload/secret-place.ts';
import { KubeError } from './kube-error.ts';
import type { Kube, KubeObject } from './kube.ts';
import { keychainsOf } from './secret-keychains.ts';

/** A changed Secret counts after this time at the latest; milliseconds. */
const KEPT_FOR = 60_000;

/** Policies name a handful. */
const MAX_ENTRIES = 1_000;

export interface PolicySecretsOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  /** Where a Secret is that is named without a namespace: the webhook's own. */
  readonly namespace: string;
}

/** What became of the Secrets that a policy names. */
export interface FoundCredentials {
  readonly keychains: readonly Keychain[];
  /** Why others are not among them, a line each. */
  readonly lacks: readonly string[];
}

/** Reads the registry credentials that policies name, while they are judged by. */
export class PolicySecrets {
  readonly #options: PolicySecretsOptions;
  readonly #cache: TtlCache<readonly Keychain[]>;
  readonly #reading = new SingleFlight<FoundCredentials>();

  constructor(options: PolicySecretsOptions) {
    this.#options = options;
    this.#cache = new TtlCache({ maxEntries: MAX_ENTRIES, clock: options.clock });
  }

  /**
   * The credentials in these Secrets. One that does not exist is left out, as in Kyverno 1.19, and so is one that the
   * webhook was not given the right to read; `lacks` says so. A Secret that was just made is seen at once.
   * @throws {RegistryError} UNREACHABLE if the API server does not answer, UNAUTHORIZED for a Secret that cannot be read.
   */
  async find(places: readonly SecretPlace[]): Promise<FoundCredentials> {
    const found = await Promise.all(places.map((place) => this.#credentials(place)));
    return {
      keychains: found.flatMap(({ keychains }) => keychains),
      lacks: found.flatMap(({ lacks }) => lacks),
    };
  }

  async #credentials({ name, namespace }: SecretPlace): Promise<FoundCredentials> {
    const place = { name, namespace: namespace ?? this.#options.namespace };
    const key = `${place.namespace}/${name}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return { keychains: known, lacks: [] };
    return this.#reading.run(key, async () => {
      const found = await this.#read(place);
      if (found.lacks.length === 0) this.#cache.set(key, found.keychains, KEPT_FOR);
      return found;
    });
  }

  async #read(place: Place): Promise<FoundCredentials> {
    const title = `Secret "${place.namespace}/${place.name}" of imageRegistryCredentials`;
    try {
      return contentOf(await this.#options.kube.get({ ...SECRETS, ...place }), title);
    } catch (error) {
      if (error instanceof KubeError && error.code === 'FORBIDDEN') {
        const grant = `kubectl sign-policy install --pull-secrets-of ${place.namespace}`;
        return lacking(`${title} may not be read by the webhook: "${grant}" lets it`);
      }
      const code = error instanceof KeychainError ? 'UNAUTHORIZED' : 'UNREACHABLE';
      throw new RegistryError(code, `Cannot use ${title}: ${messageOf(error)}`, { cause: error });
    }
  }
}

interface Place {
  readonly namespace: string;
  readonly name: string;
}

const SECRETS = { group: '', version: 'v1', resource: 'secrets' };

function contentOf(secret: KubeObject | undefined, title: string): FoundCredentials {
  if (secret === undefined) return lacking(`${title} does not exist`);
  const keychains = keychainsOf(secret);
  return keychains.length === 0
    ? lacking(`${title} holds no registry credentials (".dockerconfigjson")`)
    : { keychains, lacks: [] };
}

function lacking(problem: string): FoundCredentials {
  return { keychains: [], lacks: [problem] };
}
