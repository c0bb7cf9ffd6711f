import type { LogRequirement, SctRequirement } from '../policy/model.ts';
import { type LogKey, logKey } from '../trust/log-key.ts';
import type { PublicKey } from '../trust/public-key.ts';
import type { TrustParts } from '../trust/trust-material.ts';
import type { Evidence } from './evidence.ts';

/** One part of a trust root, or undefined where it could not be had yet. */
export function rootPart<Part extends keyof TrustParts>(
  evidence: Evidence,
  name: string | undefined,
  part: Part,
): TrustParts[Part] | undefined {
  return evidence.trustRoot(name)?.[part];
}

/** The logs whose entries count: those the policy brings, else the trust root's. */
export function logsFor(
  log: Extract<LogRequirement, { kind: 'required' }>,
  root: string | undefined,
  evidence: Evidence,
): readonly LogKey[] | undefined {
  return log.publicKeys.length > 0
    ? keysAsLogs(log.publicKeys, log.url)
    : rootPart(evidence, root, 'logs');
}

/** The certificate transparency logs that count, likewise. */
export function ctLogsFor(
  sct: Extract<SctRequirement, { kind: 'required' }>,
  root: string | undefined,
  evidence: Evidence,
): readonly LogKey[] | undefined {
  return sct.publicKeys.length > 0
    ? keysAsLogs(sct.publicKeys, 'certificate transparency log of the policy')
    : rootPart(evidence, root, 'ctLogs');
}

/** The same list of keys makes the same list of logs: evidence is remembered under it. */
const converted = new WeakMap<readonly PublicKey[], readonly LogKey[]>();

function keysAsLogs(keys: readonly PublicKey[], url: string): readonly LogKey[] {
  const known = converted.get(keys);
  if (known !== undefined) return known;
  const logs = keys.flatMap(({ key }) => {
    const log = logKey(key, { url });
    return typeof log === 'string' ? [] : [log];
  });
  converted.set(keys, logs);
  return logs;
}
