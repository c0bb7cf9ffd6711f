import { parseSecretPlace } from '../workload/secret-place.ts';
import { type Fields, quote } from './fields.ts';
import type { RegistryCredentials } from './registry-credentials.ts';
import { VARIABLE } from './variables.ts';

const PROVIDERS = ['default', 'google', 'azure', 'amazon', 'github'] as const;

/** Each is read from the cluster; Pods have one or two. */
const MAX_SECRETS = 20;

/** Reads `imageRegistryCredentials`. */
export function readCredentials(owner: Fields): RegistryCredentials | undefined {
  const fields = owner.object('imageRegistryCredentials');
  if (fields === undefined) return undefined;
  const providers = fields.strings('providers');
  for (const [index, provider] of providers.entries())
    if (!PROVIDERS.some((known) => known === provider))
      fields.faultAt(
        `${fields.at('providers')}[${index}]`,
        'error',
        `found "${provider}", expected ${PROVIDERS.join(', ')}`,
      );
  const credentials = {
    allowInsecureRegistry: fields.boolean('allowInsecureRegistry') ?? false,
    providers,
    secrets: readSecrets(fields),
  };
  fields.end();
  return credentials;
}

function readSecrets(fields: Fields): readonly string[] {
  const secrets = fields.strings('secrets');
  const path = fields.at('secrets');
  if (secrets.length > MAX_SECRETS)
    fields.fault(
      'error',
      `has ${secrets.length} entries, expected at most ${MAX_SECRETS}`,
      'secrets',
    );
  for (const [index, secret] of secrets.entries())
    if (!VARIABLE.test(secret) && parseSecretPlace(secret) === undefined)
      fields.faultAt(
        `${path}[${index}]`,
        'error',
        `found ${quote(secret)}, expected the name of a Secret, "name" or "namespace/name"`,
      );
  return secrets;
}

/** What this version cannot do with credentials, or only where the cluster's admin agrees. */
export function lintCredentials(
  owner: Fields,
  { secrets, allowInsecureRegistry }: RegistryCredentials,
  policyNamespace: string | undefined,
): void {
  const path = owner.at('imageRegistryCredentials');
  for (const [index, secret] of secrets.entries())
    if (!VARIABLE.test(secret) && !mayUse(secret, policyNamespace))
      owner.faultAt(
        `${path}.secrets[${index}]`,
        'unsupported',
        `found "${secret}", expected "${policyNamespace}/NAME": a policy of a namespace uses Secrets of that namespace only`,
      );
  if (allowInsecureRegistry)
    owner.faultAt(
      `${path}.allowInsecureRegistry`,
      'warning',
      'counts only for registries that the webhook was allowed to reach by plain HTTP (--insecure-registry)',
    );
}

/** Whether a policy may name a Secret: one of a namespace must not show those of others (MUST-NOT-HAPPEN 20). */
export function mayUse(secret: string, policyNamespace: string | undefined): boolean {
  return policyNamespace === undefined || parseSecretPlace(secret)?.namespace === policyNamespace;
}
