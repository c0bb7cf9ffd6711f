import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import type { KeyProvider } from '../trust/key-source.ts';
import { gcpToken } from './gcp-credentials.ts';
import { hashOfAlgorithm } from './signing-hash.ts';
import { kmsFault } from './kms-fault.ts';
import { askKms, type KmsOptions } from './kms-http.ts';
import { KMS_KEEP_MS } from './kms-keep.ts';

/** The narrowest scope that reads public keys. */
const SCOPE = 'https://www.googleapis.com/auth/cloudkms';

/** cosign's form: the resource's name, `versions` short for `cryptoKeyVersions`. */
const REFERENCE =
  /^gcpkms:\/\/(projects\/[\w.:-]+\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+)(?:\/(?:cryptoKeyVersions|versions)\/(\d+))?$/;

/** The most that the service lists at once; a key with more enabled versions is refused. */
const PAGE_SIZE = 1000;

/**
 * `gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K[/versions/V]`; without a version the newest enabled
 * one, as cosign has it. The role `roles/cloudkms.publicKeyViewer` is enough for a version, the newest needs
 * `cloudkms.cryptoKeyVersions.list` too.
 */
export function gcpKms(options: KmsOptions): KeyProvider {
  return {
    scheme: 'gcpkms',
    keepMs: KMS_KEEP_MS,
    async fetch(uri, signal) {
      const [, key, version] = REFERENCE.exec(uri) ?? [];
      if (key === undefined)
        throw kmsFault(
          uri,
          'BAD_REFERENCE',
          'expected gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K[/versions/V]',
        );
      const token = await gcpToken({ uri, scope: SCOPE }, options, signal);
      const ask = async (path: string, what: string): Promise<JsonValue> => {
        const url = new URL(`/v1/${path}`, baseUrl(options));
        const headers = { authorization: `Bearer ${token}` };
        return askKms({ method: 'GET', url, headers, uri, what }, options, signal);
      };
      const number = version ?? (await newestVersion(uri, key, ask));
      const path = `${key}/cryptoKeyVersions/${number}/publicKey`;
      const answer = await ask(path, 'get the public key');
      const pem = stringAt(answer, 'pem');
      if (pem === undefined) throw kmsFault(uri, 'MALFORMED', 'found no "pem" in the answer');
      return { pem, hash: hashOfAlgorithm(stringAt(answer, 'algorithm')) };
    },
  };
}

/** The variable of Google's own command line, for private endpoints. */
function baseUrl({ env }: KmsOptions): string {
  return env['CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS'] ?? 'https://cloudkms.googleapis.com/';
}

async function newestVersion(
  uri: string,
  key: string,
  ask: (path: string, what: string) => Promise<JsonValue>,
): Promise<string> {
  const query = new URLSearchParams({ filter: 'state=ENABLED', pageSize: String(PAGE_SIZE) });
  const answer = await ask(`${key}/cryptoKeyVersions?${query.toString()}`, 'list its versions');
  const versions = member(answer, 'cryptoKeyVersions');
  const numbers = (Array.isArray(versions) ? (versions as readonly JsonValue[]) : []).flatMap(
    (version) => {
      const number = /\/cryptoKeyVersions\/(\d+)$/.exec(stringAt(version, 'name') ?? '')?.[1];
      return number === undefined || stringAt(version, 'state') !== 'ENABLED' ? [] : [number];
    },
  );
  if ((stringAt(answer, 'nextPageToken') ?? '') !== '')
    throw kmsFault(uri, 'TOO_LARGE', `found more than ${PAGE_SIZE} enabled versions, name one`);
  const newest = numbers.toSorted((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw kmsFault(uri, 'NOT_FOUND', 'the key has no enabled version');
  return newest;
}
