import type { CredentialQuestion, RegistryDoors } from '#shared/admission/registry-doors.ts';
import type { Clock } from '#shared/base/clock.ts';
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
}

/**
 * The registries as this process reaches them: first with the credentials that a policy names, then with the
 * pull secrets of the workload (where there is a cluster), then, unless a policy replaces them, with the docker
 * configuration of the webhook itself.
 */
export function registryDoors(options: RegistryDoorsOptions): Required<RegistryDoors> {
  const { registries, own, kube, clock, namespace } = options;
  const pullSecrets = kube && new PullSecrets(kube, clock);
  const policySecrets = kube && new PolicySecrets({ kube, clock, namespace });
  const ofWorkload = async (pull: PullIdentity): Promise<Keychain> =>
    // What is in no namespace has no pull secrets.
    pullSecrets === undefined || pull.namespace === ''
      ? anonymousKeychain
      : pullSecrets.keychain(pull);
  return {
    openRegistry: async (pull) => registries.open(firstOf([await ofWorkload(pull), own])),
    openWithCredentials: async ({ secrets, usesOwn, pull }) => {
      const { keychains, lacks } = await (policySecrets?.find(secrets) ?? unreadable(secrets));
      const all = [...keychains, await ofWorkload(pull), ...(usesOwn ? [own] : [])];
      return { registry: registries.open(firstOf(all)), lacks };
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
