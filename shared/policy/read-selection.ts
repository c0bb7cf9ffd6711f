import type { Fields } from './fields.ts';
import type { Filters, Selection } from './model.ts';
import { readFilter } from './read-filter.ts';

/** Reads `match` and `exclude` of a rule (Kyverno 1.19). */
export function readSelection(rule: Fields): Selection {
  const match = rule.object('match');
  if (match === undefined)
    rule.fault('error', 'missing, expected "any", "all" or "resources"', 'match');
  const exclude = rule.object('exclude');
  return {
    match: match === undefined ? NOTHING : (readMatch(match) ?? NOTHING),
    exclude: exclude === undefined ? undefined : readBlock(exclude),
  };
}

/** Only where there is an error fault too, so the policy is never used. */
const NOTHING: Filters = { combine: 'any', filters: [] };

function readMatch(match: Fields): Filters | undefined {
  const block = readBlock(match);
  if (block === undefined)
    match.fault('error', 'selects nothing, expected "any", "all" or "resources" with "kinds"');
  return block;
}

/** The legacy form is one filter with `resources` and the conditions on users right in the block. */
const FORMS = ['any', 'all', 'resources'] as const;

function readBlock(block: Fields): Filters | undefined {
  const forms = FORMS.filter((form) => block.has(form));
  if (forms.length > 1)
    block.fault('error', `found ${forms.join(' and ')} together, expected one of them`);
  const form = forms[0];
  if (form === 'any' || form === 'all') {
    const filters = block.objects(form).map(readFilter);
    block.end();
    return filters.length === 0 ? undefined : { combine: form, filters };
  }
  if (block.keys().length === 0) return undefined;
  return { combine: 'all', filters: [readFilter(block)] };
}
