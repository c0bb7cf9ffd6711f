import type { Fields } from './fields.ts';
import { readConditions } from './read-conditions.ts';
import type { DenyValidation } from './validation.ts';

/** Reads `deny`: its conditions say what must not be, and without any nothing may. */
export function readDeny(owner: Fields): DenyValidation {
  const deny = owner.object('deny');
  const conditions = deny === undefined ? undefined : readConditions(deny, 'conditions');
  if (deny !== undefined && conditions === undefined)
    deny.fault('warning', 'has no conditions, so everything that the rule is for is denied');
  deny?.end();
  return { kind: 'deny', conditions: conditions ?? [] };
}
