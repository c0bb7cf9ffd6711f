import type { Clock } from '../base/clock.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import { whyOf } from '../kms/kms-fault.ts';
import type { KmsOptions } from '../kms/kms-http.ts';
import { ANONYMOUS, type Credential, type Keychain } from '../registry/keychain.ts';
import { KeySourceError } from '../trust/key-source.ts';
import { amazonRegistry } from './amazon-registry.ts';
import { azureRegistry } from './azure-registry.ts';
import type { CloudProvider } from './cloud-provider.ts';
import { githubPackages } from './github-packages.ts';
import { googleRegistry } from './google-registry.ts';

const CLOUDS: readonly CloudProvider[] = [
  amazonRegistry,
  azureRegistry,
  githubPackages,
  googleRegistry,
];

/** Of all of a cloud's answers together; admission waits for it. Milliseconds. */
const TIMEOUT_MS = 8_000;

/** Shorter than any of these tokens lives, also one that the metadata server had for a while. Milliseconds. */
const KEPT_FOR = 4 * 60_000;

/** What went wrong may be set right soon. Milliseconds. */
const TROUBLE_KEPT_FOR = 30_000;

/** A company has some tens of registries. */
const MAX_HOSTS = 1_000;

interface Answer {
  readonly credential: Credential;
  readonly trouble: string | undefined;
}

/** Credentials of one cloud for its own registries. */
export interface CloudKeychain extends Keychain {
  /** Why a host was asked without them lately: the cloud gave none. */
  trouble(host: string): string | undefined;
}

export interface CloudKeychainsOptions extends KmsOptions {
  readonly clock: Clock;
}

/**
 * The clouds that a policy names for itself, by what the process may be there: environment, mounted tokens and
 * metadata servers. As in Kyverno a registry is asked anonymously where the cloud gives nothing, since many images are
 * for all.
 */
export function cloudKeychains(
  options: CloudKeychainsOptions,
): (names: readonly string[]) => readonly CloudKeychain[] {
  const keychains = new Map<string, CloudKeychain>(
    CLOUDS.map((cloud) => [cloud.name, keychainOf(cloud, options)]),
  );
  return (names) => names.flatMap((name) => keychains.get(name) ?? []);
}

function keychainOf(cloud: CloudProvider, options: CloudKeychainsOptions): CloudKeychain {
  const cache = new TtlCache<Answer>({ maxEntries: MAX_HOSTS, clock: options.clock });
  const asking = new SingleFlight<Answer>();
  const ask = async (host: string): Promise<Answer> => {
    const answer = await answerOf(cloud, host, options);
    cache.set(host, answer, answer.trouble === undefined ? KEPT_FOR : TROUBLE_KEPT_FOR);
    return answer;
  };
  return {
    scope: `provider:${cloud.name}`,
    resolve: async (host) => {
      if (!cloud.isOwn(host)) return ANONYMOUS;
      const { credential } = cache.get(host) ?? (await asking.run(host, () => ask(host)));
      return credential;
    },
    trouble: (host) => cache.get(host)?.trouble,
  };
}

async function answerOf(
  cloud: CloudProvider,
  host: string,
  options: CloudKeychainsOptions,
): Promise<Answer> {
  try {
    const credential = await cloud.credential(host, options, AbortSignal.timeout(TIMEOUT_MS));
    return { credential, trouble: undefined };
  } catch (error) {
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
    if (!(error instanceof KeySourceError) && !isTimeout) throw error;
    const why = isTimeout ? `no answer within ${TIMEOUT_MS} ms` : whyOf(error, host);
    const trouble = `provider "${cloud.name}" of imageRegistryCredentials gave no credentials for ${host}: ${why}`;
    return { credential: ANONYMOUS, trouble };
  }
}
