import { member } from '../base/json-value.ts';
import { messageOf } from '../base/coded-error.ts';
import { TrustRootError, type TrustRootSource } from '../trust/trust-root-source.ts';
import { type ReadTrustedRoot, readTrustedRoot } from '../trust/trusted-root.ts';
import { KubeError } from './kube-error.ts';
import type { Kube, KubeObject } from './kube.ts';

/** A root that was replaced counts after this time at the latest. Milliseconds. */
const REFRESH_MS = 30_000;

/** Where a trust root stands that names no key, as `kubectl create configmap --from-file` calls it. */
const DEFAULT_KEY = 'trusted_root.json';

/** Names as Kubernetes has them: `k8s://namespace/name` or `k8s://namespace/name/key`. */
const REFERENCE =
  /^k8s:\/\/([a-z0-9][a-z0-9-]{0,62})\/([a-z0-9][a-z0-9.-]{0,252})(?:\/([A-Za-z0-9._-]{1,253}))?$/;

export interface ConfigMapKey {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** The parts of `k8s://NAMESPACE/NAME[/KEY]`; undefined for anything else. */
export function parseConfigMapKey(reference: string): ConfigMapKey | undefined {
  const [, namespace, name, key = DEFAULT_KEY] = REFERENCE.exec(reference) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name, key };
}

/** A `trusted_root.json` in a ConfigMap. Needs the right to get that one ConfigMap. */
export function configMapTrustRoot(
  kube: Kube,
  { namespace, name, key }: ConfigMapKey,
): TrustRootSource {
  const title = `ConfigMap "${name}" in namespace "${namespace}"`;
  let last: { readonly text: string; readonly root: ReadTrustedRoot } | undefined;
  return {
    description: title,
    refreshMs: REFRESH_MS,
    load: async () => {
      const object = await getConfigMap(kube, { namespace, name, title });
      const text = member(member(object, 'data'), key);
      if (typeof text !== 'string')
        throw new TrustRootError(
          'MISSING',
          `Cannot read trust root: ${object === undefined ? 'there is no' : `"${key}" is not in`} ${title}`,
        );
      // The same text keeps the same root: evidence is remembered under it.
      if (last?.text !== text) last = { text, root: readTrustedRoot(text) };
      return last.root;
    },
  };
}

async function getConfigMap(
  kube: Kube,
  { title, ...name }: { readonly namespace: string; readonly name: string; readonly title: string },
): Promise<KubeObject | undefined> {
  try {
    return await kube.get({ group: '', version: 'v1', resource: 'configmaps', ...name });
  } catch (cause) {
    if (!(cause instanceof KubeError)) throw cause;
    const code = cause.code === 'FORBIDDEN' ? 'REFUSED' : 'UNREACHABLE';
    const message = `Cannot read trust root in ${title}: ${messageOf(cause)}`;
    throw new TrustRootError(code, message, { cause });
  }
}
