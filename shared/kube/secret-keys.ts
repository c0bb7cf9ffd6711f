import { member } from '../base/json-value.ts';
import { raceAbort } from '../base/race-abort.ts';
import { type KeyProvider, KeySourceError, type KeySourceErrorCode } from '../trust/key-source.ts';
import { KubeError, type KubeErrorCode } from './kube-error.ts';
import type { Kube, KubeObject } from './kube.ts';

/** A key that was replaced counts after this time at the latest. Milliseconds. */
const KEPT_FOR = 60_000;

/** Names as Kubernetes has them: `k8s://namespace/name`. */
const REFERENCE = /^k8s:\/\/([a-z0-9][a-z0-9-]{0,62})\/([a-z0-9][a-z0-9.-]{0,252})$/;

/** Where `cosign generate-key-pair k8s://…` puts the public key. The private one beside it is never read. */
const DATA_KEY = 'cosign.pub';

const CODES: Readonly<Partial<Record<KubeErrorCode, KeySourceErrorCode>>> = {
  UNAUTHORIZED: 'FORBIDDEN',
  FORBIDDEN: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  UNREACHABLE: 'UNREACHABLE',
  TIMEOUT: 'TIMEOUT',
  SERVER_ERROR: 'UNREACHABLE',
};

/**
 * `k8s://namespace/name`: the public keys in `cosign.pub` of that Secret, as cosign and Kyverno read it. Needs
 * the right to get that one Secret.
 */
export function secretKeys(kube: Kube): KeyProvider {
  return {
    scheme: 'k8s',
    keepMs: KEPT_FOR,
    async fetch(uri, signal) {
      const [, namespace, name] = REFERENCE.exec(uri) ?? [];
      if (namespace === undefined || name === undefined)
        throw fault(uri, 'BAD_REFERENCE', 'expected k8s://NAMESPACE/NAME');
      const secret = await raceAbort(getSecret(kube, uri, { namespace, name }), signal);
      const title = `Secret "${name}" in namespace "${namespace}"`;
      if (secret === undefined) throw fault(uri, 'NOT_FOUND', `there is no ${title}`);
      const value = member(member(secret, 'data'), DATA_KEY);
      if (typeof value !== 'string')
        throw fault(uri, 'NOT_FOUND', `${title} has no "${DATA_KEY}", where cosign puts the key`);
      return { pem: Buffer.from(value, 'base64').toString('utf8') };
    },
  };
}

async function getSecret(
  kube: Kube,
  uri: string,
  name: { readonly namespace: string; readonly name: string },
): Promise<KubeObject | undefined> {
  try {
    return await kube.get({ group: '', version: 'v1', resource: 'secrets', ...name });
  } catch (cause) {
    if (!(cause instanceof KubeError)) throw cause;
    throw fault(uri, CODES[cause.code] ?? 'REFUSED', cause.message, cause);
  }
}

function fault(
  uri: string,
  code: KeySourceErrorCode,
  ...[why, cause]: readonly [string, unknown?]
): KeySourceError {
  const message = `Cannot fetch key "${uri}": ${why}`;
  return new KeySourceError(code, message, cause === undefined ? {} : { cause });
}
