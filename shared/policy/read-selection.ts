import type { Fields } from './fields.ts';
import type { Filters, Selection } from './model.ts';
import { type ReadFilter, readFilter } from './read-filter.ts';

/**
 * Reads `match` and `exclude` of a rule. Where a condition is not supported, the selection is read so that
 * it reaches too far rather than too short: the rule then applies, and refuses.
 */
export function readSelection(rule: Fields): Selection {
  const match = rule.object('match');
  if (match === undefined)
    rule.fault('error', 'missing, expected "any", "all" or "resources"', 'match');
  const exclude = rule.object('exclude');
  return {
    match: match === undefined ? NOTHING : (readMatch(match) ?? NOTHING),
    exclude: exclude === undefined ? undefined : readExclude(exclude),
  };
}

/** Only where there is an error fault too, so the policy is never used. */
const NOTHING: Filters = { combine: 'any', filters: [] };

function readMatch(match: Fields): Filters | undefined {
  const block = readBlock(match);
  if (block === undefined) {
    match.fault('error', 'selects nothing, expected "any", "all" or "resources" with "kinds"');
    return undefined;
  }
  return { combine: block.combine, filters: block.filters.map(({ filter }) => filter) };
}

function readExclude(exclude: Fields): Filters | undefined {
  const block = readBlock(exclude);
  if (block === undefined) return undefined;
  const { combine, filters } = block;
  const complete = filters.filter(({ isComplete }) => isComplete);
  // A condition that cannot be checked must not take anything out.
  if (complete.length === 0 || (combine === 'all' && complete.length < filters.length))
    return undefined;
  return { combine, filters: complete.map(({ filter }) => filter) };
}

interface Block {
  readonly combine: Filters['combine'];
  readonly filters: readonly ReadFilter[];
}

const FORMS = ['any', 'all', 'resources'] as const;

function readBlock(block: Fields): Block | undefined {
  const forms = FORMS.filter((form) => block.has(form));
  if (forms.length > 1)
    block.fault('error', `found ${forms.join(' and ')} together, expected one of them`);
  const form = forms[0];
  if (form === 'any' || form === 'all') {
    const filters = block.objects(form).map((filter) => readFilter(filter));
    block.end();
    return filters.length === 0 ? undefined : { combine: form, filters };
  }
  if (block.keys().length === 0) return undefined;
  return { combine: 'all', filters: [readFilter(block)] };
}
