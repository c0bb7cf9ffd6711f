import { KeyObject } from 'node:crypto';
import { sha256Digest } from '../base/digest.ts';
import { isJsonObject } from '../base/json-value.ts';
import type { Policy } from './model.ts';

/** SHA-256, hex, over everything of a policy that decides; the order of keys does not matter. */
export function policyHash(policy: Omit<Policy, 'hash'>): string {
  return sha256Digest(JSON.stringify(policy, canonical)).slice('sha256:'.length);
}

/** Keys sorted; a key object is left out, since its fingerprint stands beside it. */
function canonical(_key: string, value: unknown): unknown {
  if (value instanceof KeyObject) return undefined;
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
}
