import type { CredentialQuestion, RegistryDoors } from '#shared/admission/registry-doors.ts';
import type { Clock } from '#shared/base/clock.ts';
import { cloudKeychains } from '#shared/cloud-registry/cloud-keychains.ts';
import type { Environment } from '#shared/kms/kms-http.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { type FoundCredentials, PolicySecrets } from '#shared/kube/policy-secrets.ts';
import { PullSecrets } from '#shared/kube/pull-secrets.ts';
import type { Keychain } from '#shared/registry/keychain.ts';
import type { RegistryFactory } from '#shared/registry/registry-factory.ts';
import { anonymousKeychain, firstOf } from '#shared/registry/static-keychain.ts';
import type { PullIdentity } from '#shared/workload/pull-identity.ts';

export interface RegistryDoorsOptions {
  readonly registries: RegistryFactory;
  /** The webhook's own credentials. */
  readonly own: Keychain;
  readonly kube: Kube | undefined;
  /** The webhook's own. */
  readonly namespace: string;
  readonly clock: Clock;
  /** Says what the process may be in clouds. */
  readonly env: Environment;
}

/**
 * The registries as this process reaches them: first with the credentials that a policy names, Secrets before clouds, then with the
 * pull secrets of the workload (where there is a cluster), then, unless a policy replaces them, with the docker
 * configuration of the webhook itself.
 */
export function registryDoors(options: RegistryDoorsOptions): Required<RegistryDoors> {
  const { registries, own, kube, clock, namespace, env } = options;
  const pullSecrets = kube && new PullSecrets(kube, clock);
  const policySecrets = kube && new PolicySecrets({ kube, clock, namespace });
  const clouds = cloudKeychains({ env, clock });
  const ofWorkload = async (pull: PullIdentity): Promise<Keychain> =>
    // What is in no namespace has no pull secrets.
    pullSecrets === undefined || pull.namespace === ''
      ? anonymousKeychain
      : pullSecrets.keychain(pull);
  return {
    openRegistry: async (pull) => registries.open(firstOf([await ofWorkload(pull), own])),
    openWithCredentials: async ({ secrets, providers, usesOwn, pull }) => {
      const { keychains, lacks } = await (policySecrets?.find(secrets) ?? unreadable(secrets));
      const named = clouds(providers);
      const all = [...keychains, ...named, await ofWorkload(pull), ...(usesOwn ? [own] : [])];
      return {
        registry: registries.open(firstOf(all)),
        lacks: (host) => [...lacks, ...named.flatMap((keychain) => keychain.trouble(host) ?? [])],
      };
    },
  };
}

function unreadable(secrets: CredentialQuestion['secrets']): FoundCredentials {
  const lacks = secrets.map(
    ({ name }) =>
      `Secret "${name}" of imageRegistryCredentials cannot be read: the webhook knows no cluster`,
  );
  return { keychains: [], lacks };
}
