import { readOwnAction } from './failure-action.ts';
import type { Fields } from './fields.ts';
import { entryTemplate } from './fill-entries.ts';
import { lintDenials } from './lint-denials.ts';
import { lintEntry } from './lint-entry.ts';
import type { EntryTemplate, FailureAction, VerifyImagesEntry } from './model.ts';
import { lintCredentials } from './read-credentials.ts';
import { readEntry } from './read-entry.ts';
import type { RuleContext } from './rule-context.ts';

export interface ReadVerifyImages {
  readonly entries: readonly VerifyImagesEntry[];
  readonly action: FailureAction;
  readonly template: EntryTemplate | undefined;
}

/** Reads `verifyImages` of a rule: one entry each, and the action that they make for the rule. */
export function readVerifyImages(rule: Fields, context: RuleContext): ReadVerifyImages {
  const read = rule.objects('verifyImages').map((fields) => {
    const own = readOwnAction(fields);
    const entry = readEntry(fields, context.namespace);
    if (entry.credentials !== undefined)
      lintCredentials(fields, entry.credentials, context.namespace);
    lintEntry(fields, entry);
    return { entry, own };
  });
  if (read.length === 0)
    rule.fault('error', 'found no entries, expected at least one', 'verifyImages');
  const entries = read.map(({ entry }) => entry);
  lintDenials(rule, entries);
  return {
    entries,
    template: entryTemplate(rule, context.namespace),
    action: ruleAction(
      read.map(({ own }) => own),
      context.action,
    ),
  };
}

/** One entry that enforces makes the rule enforce; an entry's action beats the overrides. */
function ruleAction(
  own: readonly (FailureAction['mode'] | undefined)[],
  policyAction: FailureAction,
): FailureAction {
  if (own.includes('enforce')) return { mode: 'enforce', overrides: [] };
  return own.includes('audit') ? { mode: 'audit', overrides: [] } : policyAction;
}
