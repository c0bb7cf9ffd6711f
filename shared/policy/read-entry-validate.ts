import type { Fields } from './fields.ts';
import type { AttestationDenial } from './model.ts';
import { readConditions } from './read-conditions.ts';
import { reportVariableFaults } from './variable-faults.ts';

/**
 * Reads `validate` of a `verifyImages` entry: what must not be true of its attestations together. Of the
 * forms that rules have Kyverno knows only `deny` here.
 */
export function readEntryValidate(entry: Fields): AttestationDenial | undefined {
  const validate = entry.object('validate');
  if (validate === undefined) return undefined;
  const message = validate.string('message');
  reportVariableFaults(validate, 'message');
  const deny = validate.object('deny');
  const conditions = deny === undefined ? undefined : readConditions(deny, 'conditions');
  deny?.end();
  validate.end();
  if (conditions === undefined) {
    validate.fault('error', 'says nothing, expected "deny" with "conditions"');
    return undefined;
  }
  return { path: validate.path, message, conditions };
}
