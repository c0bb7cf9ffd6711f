import { systemClock } from '#shared/base/clock.ts';
import { kmsProviders } from '#shared/kms/kms-providers.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { secretKeys } from '#shared/kube/secret-keys.ts';
import type { KeySource } from '#shared/trust/key-source.ts';
import { keySourceOf } from '#shared/trust/key-source-of.ts';
import type { Environment } from './environment.ts';

/** Keys in key management services, with the credentials of this person; those of a cluster where one is asked anyway. */
export function openUserKeys(env: Environment, kube: Kube | undefined): KeySource {
  const providers = [...kmsProviders({ env }), ...(kube === undefined ? [] : [secretKeys(kube)])];
  return keySourceOf(providers, systemClock);
}
