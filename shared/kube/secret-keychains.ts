import { member } from '../base/json-value.ts';
import type { Keychain } from '../registry/keychain.ts';
import { PULL_SECRET_KEYS, pullSecretKeychain } from '../registry/pull-secret.ts';
import type { KubeObject } from './kube.ts';

/** As the kubelet does, it is the key that tells what a Secret holds. */
export function keychainsOf(secret: KubeObject): readonly Keychain[] {
  const data = member(secret, 'data');
  const keychains: Keychain[] = [];
  for (const [type, key] of PULL_SECRET_KEYS) {
    const value = member(data, key);
    if (typeof value !== 'string') continue;
    keychains.push(pullSecretKeychain(Buffer.from(value, 'base64').toString('utf8'), type));
  }
  return keychains;
}
