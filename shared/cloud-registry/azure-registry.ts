import { stringAt } from '../base/json-value.ts';
import { azureToken } from '../kms/azure-credentials.ts';
import { kmsFault } from '../kms/kms-fault.ts';
import { askKms } from '../kms/kms-http.ts';
import type { CloudProvider } from './cloud-provider.ts';

/** What tokens for any registry are for. */
const RESOURCE = 'https://containerregistry.azure.net';

const HOST = /^[a-z0-9]+\.azurecr\.(io|cn|us)$/;

const AUTHORITIES: ReadonlyMap<string | undefined, string> = new Map([
  ['io', 'https://login.microsoftonline.com'],
  ['cn', 'https://login.chinacloudapi.cn'],
  ['us', 'https://login.microsoftonline.us'],
]);

/** Container Registry: a token of Microsoft Entra, exchanged at the registry itself (`/oauth2/exchange`). */
export const azureRegistry: CloudProvider = {
  name: 'azure',
  isOwn: (host) => HOST.test(host),
  credential: async (host, options, signal) => {
    const authority = AUTHORITIES.get(HOST.exec(host)?.[1]) ?? '';
    const place = { uri: host, resource: RESOURCE, authority };
    const form = new URLSearchParams({
      grant_type: 'access_token',
      service: host,
      tenant: options.env['AZURE_TENANT_ID'] ?? '',
      access_token: await azureToken(place, options, signal),
    });
    const answer = await askKms(
      {
        method: 'POST',
        url: new URL(`https://${host}/oauth2/exchange`),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
        uri: host,
        what: 'exchange the token',
      },
      options,
      signal,
    );
    const token = stringAt(answer, 'refresh_token');
    if (token === undefined)
      throw kmsFault(host, 'MALFORMED', 'found no refresh token in the answer of the registry');
    return { kind: 'identity-token', token };
  },
};
