import { mayUse } from '../policy/read-credentials.ts';
import type { RegistryCredentials } from '../policy/registry-credentials.ts';
import type { Registry } from '../registry/registry.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { PullIdentity } from '../workload/pull-identity.ts';
import { parseSecretPlace, type SecretPlace } from '../workload/secret-place.ts';

/** Registries as the credentials of a policy show them. */
export interface OpenedRegistry {
  readonly registry: Registry;
  /** Why credentials that the policy names were not among those that a registry host was asked with, a line each. */
  readonly lacks: (host: string) => readonly string[];
}

/** What a policy wants registries to be read with, checked against what it may use. */
export interface CredentialQuestion {
  readonly secrets: readonly SecretPlace[];
  /** Clouds whose own credentials are wanted. */
  readonly providers: readonly string[];
  /** Whether the webhook's own credentials are wanted too. */
  readonly usesOwn: boolean;
  /** Whose pull secrets are used beside them. */
  readonly pull: PullIdentity;
}

/** Ways to registries; each is gone at most once a request for the same credentials. */
export interface RegistryDoors {
  /** The registries as a workload's own pull credentials show them. */
  readonly openRegistry: (pull: PullIdentity, signal: AbortSignal | undefined) => Promise<Registry>;
  /** The same as a policy's credentials show them; undefined where those are not to be had, as for a person's plugin. */
  readonly openWithCredentials?: (
    question: CredentialQuestion,
    signal: AbortSignal | undefined,
  ) => Promise<OpenedRegistry>;
}

/**
 * What to ask for on behalf of a policy. Without a provider and a Secret that is what the webhook itself has
 * (Kyverno 1.19).
 * @throws {RegistryError} UNAUTHORIZED for a Secret that the policy must not use, or that is no name of one.
 */
export function credentialQuestion(
  { providers, secrets }: RegistryCredentials,
  policyNamespace: string | undefined,
  pull: PullIdentity,
): CredentialQuestion {
  const places = secrets.map((secret) => {
    const place = parseSecretPlace(secret);
    if (place !== undefined && mayUse(secret, policyNamespace)) return place;
    const wanted =
      policyNamespace === undefined
        ? 'a name or "namespace/name" is wanted'
        : `a policy of a namespace uses Secrets of that namespace only, "${policyNamespace}/NAME"`;
    throw new RegistryError(
      'UNAUTHORIZED',
      `Cannot use Secret "${secret}" of imageRegistryCredentials: ${wanted}`,
    );
  });
  const usesOwn = providers.includes('default') || providers.length + secrets.length === 0;
  return { secrets: places, providers, usesOwn, pull };
}
