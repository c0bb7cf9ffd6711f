import { homedir } from 'node:os';
import { join } from 'node:path';
import { member, stringAt } from '../base/json-value.ts';
import type { KeyProvider } from '../trust/key-source.ts';
import { keyPem } from './key-pem.ts';
import { kmsFault, readCredentialFile } from './kms-fault.ts';
import { askKms, type KmsOptions, type KmsRequest } from './kms-http.ts';
import { KMS_KEEP_MS } from './kms-keep.ts';

/** cosign's form: a key's name, nothing else. */
const REFERENCE = /^hashivault:\/\/(\w(?:[\w.-]*\w)?)$/;

/**
 * `hashivault://KEY`: the latest version of a transit key, at VAULT_ADDR with VAULT_TOKEN or ~/.vault-token
 * (and VAULT_NAMESPACE, TRANSIT_SECRET_ENGINE_PATH), as cosign has it. Reading `transit/keys/KEY` is enough.
 */
export function hashiVault(options: KmsOptions): KeyProvider {
  return {
    scheme: 'hashivault',
    keepMs: KMS_KEEP_MS,
    async fetch(uri, signal) {
      const answer = await askKms(await keyRequest(uri, options), options, signal);
      const data = member(answer, 'data');
      const latest = member(data, 'latest_version');
      const version = member(member(data, 'keys'), typeof latest === 'number' ? `${latest}` : '');
      const text = stringAt(version, 'public_key');
      if (text === undefined || text === '')
        throw kmsFault(
          uri,
          'MALFORMED',
          'found no public key of the latest version, expected a key of an asymmetric type',
        );
      // Vault gives this one type as bare bytes, all others as PEM.
      if (stringAt(version, 'name') !== 'ed25519') return { pem: text };
      return { pem: keyPem(uri, { kind: 'ed25519', bytes: Buffer.from(text, 'base64') }) };
    },
  };
}

async function keyRequest(uri: string, { env }: KmsOptions): Promise<KmsRequest> {
  const name = REFERENCE.exec(uri)?.[1];
  if (name === undefined) throw kmsFault(uri, 'BAD_REFERENCE', 'expected hashivault://KEY');
  const base = URL.parse(env['VAULT_ADDR'] ?? '');
  if (base === null)
    throw kmsFault(uri, 'NO_CREDENTIALS', 'found no address, expected a URL in VAULT_ADDR');
  const file = join(env['HOME'] ?? homedir(), '.vault-token');
  const token = env['VAULT_TOKEN'] || (await readCredentialFile(uri, file));
  const namespace = env['VAULT_NAMESPACE'] ?? '';
  const mount = env['TRANSIT_SECRET_ENGINE_PATH'] || 'transit';
  return {
    method: 'GET',
    url: new URL(`${base.pathname.replace(/\/$/, '')}/v1/${mount}/keys/${name}`, base),
    headers: {
      'x-vault-token': token,
      'x-vault-request': 'true',
      ...(namespace === '' ? {} : { 'x-vault-namespace': namespace }),
    },
    uri,
    what: 'read the transit key',
  };
}
