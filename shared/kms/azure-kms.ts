import { member, stringAt } from '../base/json-value.ts';
import type { KeyProvider } from '../trust/key-source.ts';
import { azureToken } from './azure-credentials.ts';
import { keyPem } from './key-pem.ts';
import { hashOfSize } from './signing-hash.ts';
import { kmsFault } from './kms-fault.ts';
import { askKms, type KmsOptions } from './kms-http.ts';
import { KMS_KEEP_MS } from './kms-keep.ts';

/** cosign's form: the vault's host, the key's name and perhaps its version. */
const REFERENCE = /^azurekms:\/\/([A-Za-z0-9-]+)\.([a-z.]+)\/([A-Za-z0-9-]+)(?:\/([a-z0-9]*))?$/;

const PUBLIC_AUTHORITY = 'https://login.microsoftonline.com';
const CHINA_AUTHORITY = 'https://login.chinacloudapi.cn';
const US_AUTHORITY = 'https://login.microsoftonline.us';

/**
 * Domains of vaults, with who gives tokens there. The token goes to the host that a policy names, so it must
 * be one of Azure's.
 */
const AUTHORITIES: ReadonlyMap<string, string> = new Map([
  ['vault.azure.net', PUBLIC_AUTHORITY],
  ['managedhsm.azure.net', PUBLIC_AUTHORITY],
  ['vault.azure.cn', CHINA_AUTHORITY],
  ['managedhsm.azure.cn', CHINA_AUTHORITY],
  ['vault.usgovcloudapi.net', US_AUTHORITY],
  ['managedhsm.usgovcloudapi.net', US_AUTHORITY],
]);

const API_VERSION = '7.4';

/** `azurekms://VAULT.vault.azure.net/KEY[/VERSION]`; the right to get keys is enough. */
export function azureKms(options: KmsOptions): KeyProvider {
  return {
    scheme: 'azurekms',
    keepMs: KMS_KEEP_MS,
    async fetch(uri, signal) {
      const [, vault, domain = '', name, version = ''] = REFERENCE.exec(uri) ?? [];
      const authority = AUTHORITIES.get(domain);
      if (vault === undefined || name === undefined || authority === undefined)
        throw kmsFault(
          uri,
          'BAD_REFERENCE',
          `expected azurekms://VAULT.DOMAIN/KEY[/VERSION] with one of the domains ${[...AUTHORITIES.keys()].join(', ')}`,
        );
      const resource = `https://${domain}`;
      const token = await azureToken({ uri, resource, authority }, options, signal);
      const url = new URL(`https://${vault}.${domain}/keys/${name}/${version}`);
      url.searchParams.set('api-version', API_VERSION);
      const headers = { authorization: `Bearer ${token}` };
      const what = 'get the key';
      const answer = await askKms({ method: 'GET', url, headers, uri, what }, options, signal);
      if (member(member(answer, 'attributes'), 'enabled') === false)
        throw kmsFault(uri, 'NOT_FOUND', 'the key is disabled');
      const pem = keyPem(uri, { kind: 'jwk', jwk: publicJwk(member(answer, 'key')) });
      return { pem, hash: hashOfSize(pem) };
    },
  };
}

/** Only the public members; keys in hardware have their own names for the same types. */
function publicJwk(key: unknown): Readonly<Record<string, string>> {
  const members = ['kty', 'crv', 'x', 'y', 'n', 'e'].flatMap((name) => {
    const value = stringAt(key, name);
    return value === undefined ? [] : [[name, value.replace(/-HSM$/, '')] as const];
  });
  return Object.fromEntries(members);
}
