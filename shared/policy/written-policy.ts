import type { JsonObject } from '../base/json-value.ts';
import { type Written, writtenAt, writtenList } from './written.ts';

/** The rules of a policy. */
export function writtenRules(document: JsonObject): readonly Written[] {
  return writtenAt({ value: document, path: '' }, 'spec').flatMap((spec) =>
    writtenList(spec, 'rules'),
  );
}

/** The filters of `match` or `exclude`; the old direct form is one. */
export function writtenFilters(rule: Written, block: 'match' | 'exclude'): readonly Written[] {
  return writtenAt(rule, block).flatMap((one) => {
    const listed = [...writtenList(one, 'any'), ...writtenList(one, 'all')];
    return listed.length === 0 ? [one] : listed;
  });
}

/** Every attestor set of a `verifyImages` entry: those of its attestations and those inside others too. */
export function writtenSets(entry: Written): readonly Written[] {
  const holders = [entry, ...writtenList(entry, 'attestations')];
  return holders.flatMap((holder) => writtenList(holder, 'attestors').flatMap(withNested));
}

function withNested(set: Written): readonly Written[] {
  const inner = writtenList(set, 'entries').flatMap((entry) => writtenAt(entry, 'attestor'));
  return [set, ...inner.flatMap(withNested)];
}
