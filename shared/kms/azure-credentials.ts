import { stringAt } from '../base/json-value.ts';
import { kmsFault, readCredentialFile } from './kms-fault.ts';
import { askKms, type Environment, type KmsOptions } from './kms-http.ts';

/**
 * An access token for Key Vault by the client credentials grant: with AZURE_CLIENT_SECRET, or with the
 * federated token that workload identity mounts (AZURE_FEDERATED_TOKEN_FILE).
 * @param resource what the token is for: `https://vault.azure.net`.
 * @throws {KeySourceError}
 */
export async function azureToken(
  place: { readonly uri: string; readonly resource: string; readonly authority: string },
  options: KmsOptions,
  signal: AbortSignal,
): Promise<string> {
  const { uri, resource } = place;
  const { env } = options;
  const tenant = env['AZURE_TENANT_ID'] ?? '';
  const client = env['AZURE_CLIENT_ID'] ?? '';
  const proof = await proofOf(uri, env);
  if (!/^[\w.-]+$/.test(tenant) || client === '' || proof === undefined)
    throw kmsFault(
      uri,
      'NO_CREDENTIALS',
      'found no Azure credentials, expected AZURE_TENANT_ID, AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE',
    );
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client,
    scope: `${resource}/.default`,
    ...proof,
  });
  const answer = await askKms(
    {
      method: 'POST',
      url: new URL(`/${tenant}/oauth2/v2.0/token`, env['AZURE_AUTHORITY_HOST'] ?? place.authority),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      uri,
      what: 'fetch a token',
    },
    options,
    signal,
  );
  const token = stringAt(answer, 'access_token');
  if (token === undefined) throw kmsFault(uri, 'MALFORMED', 'found no access token in the answer');
  return token;
}

async function proofOf(
  uri: string,
  env: Environment,
): Promise<Readonly<Record<string, string>> | undefined> {
  const secret = env['AZURE_CLIENT_SECRET'] ?? '';
  if (secret !== '') return { client_secret: secret };
  const file = env['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  if (file === '') return undefined;
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await readCredentialFile(uri, file),
  };
}
