import { READER_RULES } from './fault-rules.ts';
import type { Fields } from './fields.ts';
import type { FailureAction, Mode } from './model.ts';
import { readLabelSelector } from './read-label-selector.ts';

/** Both spellings that the CRD accepts; the capital ones are the current ones. */
const ACTIONS = ['Enforce', 'Audit', 'enforce', 'audit'] as const;

/** The action of a whole policy: `validationFailureAction` (default Audit) with its namespace overrides. */
export function readPolicyAction(spec: Fields): FailureAction {
  const written = spec.choice('validationFailureAction', ACTIONS);
  // "Audit" is also what the API server writes where the author wrote nothing.
  if (written !== undefined && written !== 'Audit') {
    spec.fault(
      READER_RULES.deprecated,
      'deprecated since Kyverno 1.13, write "failureAction" on the rule instead',
      'validationFailureAction',
    );
  }
  return {
    mode: modeOf(written) ?? 'audit',
    overrides: readOverrides(spec, 'validationFailureActionOverrides'),
  };
}

/**
 * The action of a validate rule: its own one beats the policy's, and so do its own overrides
 * (Kyverno 1.19).
 */
export function readRuleAction(validate: Fields, policy: FailureAction): FailureAction {
  const own = readOwnAction(validate);
  const overrides = readOverrides(validate, 'failureActionOverrides');
  return own === undefined
    ? { mode: policy.mode, overrides: [...overrides, ...policy.overrides] }
    : { mode: own, overrides };
}

/** `failureAction` of a rule or an entry; only the capital spellings. */
export function readOwnAction(fields: Fields): Mode | undefined {
  return modeOf(fields.choice('failureAction', ['Enforce', 'Audit']));
}

function readOverrides(fields: Fields, key: string): FailureAction['overrides'] {
  return fields.objects(key).flatMap((override) => {
    const mode = modeOf(override.choice('action', ACTIONS));
    const namespaces = override.strings('namespaces');
    const namespaceSelector = readLabelSelector(override, 'namespaceSelector');
    override.end();
    if (mode === undefined) {
      override.fault('error', 'missing, expected "Enforce" or "Audit"', 'action');
      return [];
    }
    return [
      { mode, namespaces, ...(namespaceSelector === undefined ? {} : { namespaceSelector }) },
    ];
  });
}

function modeOf(action: (typeof ACTIONS)[number] | undefined): Mode | undefined {
  if (action === undefined) return undefined;
  return action.toLowerCase() === 'enforce' ? 'enforce' : 'audit';
}
