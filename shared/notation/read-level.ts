import type { Fault } from '../base/fault.ts';
import { isJsonObject, type JsonValue, member } from '../base/json-value.ts';
import {
  type Action,
  type Actions,
  type Level,
  LEVELS,
  type TrustStatement,
} from './trust-policy.ts';

/** trust-store-trust-policy.md "Custom Verification Level": only revocation may be left out. */
const OVERRIDES: ReadonlyMap<string, readonly Action[]> = new Map([
  ['authenticity', ['enforce', 'log']],
  ['authenticTimestamp', ['enforce', 'log']],
  ['expiry', ['enforce', 'log']],
  ['revocation', ['enforce', 'log', 'skip']],
]);

const FIELDS: ReadonlySet<string> = new Set(['level', 'override', 'verifyTimestamp']);

/** Reads `signatureVerification`; with a fault the strictest reading is returned beside it. */
export function readLevel(
  value: JsonValue | undefined,
  path: string,
  faults: Fault[],
): Pick<TrustStatement, 'level' | 'actions' | 'verifyTimestamp'> {
  const written = member(value, 'level');
  const level = isLevel(written) ? written : 'strict';
  if (!isLevel(written))
    faults.push(error(`${path}.level`, `expected ${Object.keys(LEVELS).join(', ')}`));
  for (const key of Object.keys(isJsonObject(value) ? value : {}))
    if (!FIELDS.has(key)) faults.push(error(`${path}.${key}`, 'unknown field'));
  const timestamp = member(value, 'verifyTimestamp') ?? 'always';
  if (timestamp !== 'always' && timestamp !== 'afterCertExpiry')
    faults.push(error(`${path}.verifyTimestamp`, 'expected "always" or "afterCertExpiry"'));
  return {
    level,
    actions: {
      ...LEVELS[level],
      ...readOverride(member(value, 'override'), { path, level, faults }),
    },
    verifyTimestamp: timestamp === 'afterCertExpiry' ? 'afterCertExpiry' : 'always',
  };
}

function readOverride(
  value: JsonValue | undefined,
  { path, level, faults }: { path: string; level: Level; faults: Fault[] },
): Partial<Actions> {
  if (value === undefined) return {};
  const entries = Object.entries(isJsonObject(value) ? value : {});
  if (!isJsonObject(value)) faults.push(error(`${path}.override`, 'expected an object'));
  if (level === 'skip' && entries.length > 0)
    faults.push(error(`${path}.override`, 'level "skip" cannot be customised'));
  const actions = entries.flatMap(([check, written]) => {
    const allowed = OVERRIDES.get(check) ?? [];
    const action = allowed.find((allowed) => allowed === written);
    if (action === undefined)
      faults.push(
        error(
          `${path}.override.${check}`,
          allowed.length === 0
            ? `this check cannot be overridden, expected one of ${[...OVERRIDES.keys()].join(', ')}`
            : `expected ${allowed.join(' or ')}`,
        ),
      );
    return action === undefined || level === 'skip' ? [] : [[check, action] as const];
  });
  return Object.fromEntries(actions);
}

function isLevel(value: JsonValue | undefined): value is Level {
  return typeof value === 'string' && Object.hasOwn(LEVELS, value);
}

function error(path: string, message: string): Fault {
  return { severity: 'error', path, message };
}
