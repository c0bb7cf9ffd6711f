import { systemClock } from '#shared/base/clock.ts';
import { kmsProviders } from '#shared/kms/kms-providers.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { secretKeys } from '#shared/kube/secret-keys.ts';
import { type KeyProvider, type KeySource, KeySourceError } from '#shared/trust/key-source.ts';
import { keySourceOf } from '#shared/trust/key-source-of.ts';
import type { Environment } from './environment.ts';

/** Nothing is kept: nothing is fetched. */
const WITHOUT_CLUSTER: KeyProvider = {
  scheme: 'k8s',
  keepMs: 0,
  fetch: async (uri) => {
    throw new KeySourceError(
      'UNSUPPORTED',
      `Cannot fetch key "${uri}": it is in a Secret, and no cluster is asked; write the key as PEM into the policy`,
    );
  },
};

/** Keys in key management services, with the credentials of this person; those of a cluster where one is asked anyway. */
export function openUserKeys(env: Environment, kube: Kube | undefined): KeySource {
  const secrets = kube === undefined ? WITHOUT_CLUSTER : secretKeys(kube);
  return keySourceOf([...kmsProviders({ env }), secrets], systemClock);
}
