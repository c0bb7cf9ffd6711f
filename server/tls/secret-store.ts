import { member } from '#shared/base/json-value.ts';
import type { Kube, KubeObject, ResourceName } from '#shared/kube/kube.ts';
import type { SelfMade } from './self-made.ts';
import type { SelfMadeStore } from './self-made-store.ts';

/** Name of the Secret with our certificate; RBAC allows this one. */
export const CERTIFICATE_SECRET = 'sign-policy-webhook-tls';

/** Who owns, by server-side apply, the certificate Secret and the `caBundle` of our configurations. */
export const CERTIFICATE_FIELD_MANAGER = 'sign-policy-certs';

const SECRETS = { group: '', version: 'v1', resource: 'secrets' };

const KEYS: readonly { readonly field: keyof SelfMade; readonly key: string }[] = [
  { field: 'authorities', key: 'ca.crt' },
  { field: 'authorityKey', key: 'ca.key' },
  { field: 'certificate', key: 'tls.crt' },
  { field: 'key', key: 'tls.key' },
];

/** Keeps the material in a Secret, from which all replicas read. */
export function createSecretStore(kube: Kube, namespace: string): SelfMadeStore {
  const name: ResourceName = { ...SECRETS, name: CERTIFICATE_SECRET, namespace };
  let version: string | undefined;
  return {
    name: `Secret "${namespace}/${CERTIFICATE_SECRET}"`,
    async load() {
      const secret = await kube.get(name);
      version = resourceVersion(secret);
      return secret === undefined ? undefined : decode(secret);
    },
    async save(material) {
      const options = { fieldManager: CERTIFICATE_FIELD_MANAGER, force: true };
      version = resourceVersion(
        await kube.apply(SECRETS, encode(material, namespace, version), options),
      );
    },
  };
}

function resourceVersion(secret: KubeObject | undefined): string | undefined {
  const version = member(secret?.metadata, 'resourceVersion');
  return typeof version === 'string' ? version : undefined;
}

/** With the version it was read at: of two replicas that renew at once, one gets a conflict and reads again. */
function encode(material: SelfMade, namespace: string, version: string | undefined): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      name: CERTIFICATE_SECRET,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'sign-policy' },
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
    data: Object.fromEntries(
      KEYS.map(({ field, key }) => [key, Buffer.from(material[field]).toString('base64')]),
    ),
  };
}

function decode(secret: KubeObject): SelfMade {
  const text = (key: string): string => {
    const value = member(member(secret, 'data'), key);
    return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
  };
  return {
    authorities: text('ca.crt'),
    authorityKey: text('ca.key'),
    certificate: text('tls.crt'),
    key: text('tls.key'),
  };
}
