import { messageOf } from '#shared/base/coded-error.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import { readTextFile } from '../file/read-inputs.ts';
import { InputError } from '../input-error.ts';
import { MANAGED } from './managed-label.ts';
import { NAMESPACE } from './own-objects.ts';

const NAME = 'sign-policy-trusted-root';
const FILE = 'trusted_root.json';
const FOLDER = '/etc/sign-policy/trust';

/** How the webhook's container gets at the trust root; the kubelet follows changes of the ConfigMap. */
export const TRUSTED_ROOT_MOUNT: {
  readonly flag: string;
  readonly volume: JsonObject;
  readonly volumeMount: JsonObject;
} = {
  flag: `--trusted-root=${FOLDER}/${FILE}`,
  volume: { name: 'trusted-root', configMap: { name: NAME } },
  volumeMount: { name: 'trusted-root', mountPath: FOLDER, readOnly: true },
};

/**
 * The text of a trust root, checked to be one: the webhook would not start with another.
 * @throws {InputError}
 */
export async function readTrustedRootFile(path: string): Promise<string> {
  const text = await readTextFile(path);
  const { readTrustedRoot } = await import('#shared/trust/trusted-root.ts');
  try {
    readTrustedRoot(text);
  } catch (cause) {
    throw new InputError('FILE', `Cannot use trust root "${path}": ${messageOf(cause)}`, { cause });
  }
  return text;
}

/** What the webhook mounts. */
export function trustedRootConfigMap(text: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      labels: { 'app.kubernetes.io/name': 'sign-policy', [MANAGED.label]: MANAGED.value },
    },
    data: { [FILE]: text },
  };
}
