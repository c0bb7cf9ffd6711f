import { READER_RULES, REFUSAL_RULES } from '#shared/policy/fault-rules.ts';
import { DANGERS } from './dangers.ts';
import { DIFFERENCES } from './differences.ts';
import { EXCEPTION_RULES } from './exception-rules.ts';
import type { Severity } from './finding.ts';
import { UPDATES } from './updates.ts';

/** What people look up of a rule. */
export interface CatalogueEntry {
  readonly id: string;
  readonly severity: Severity | 'foreign';
  readonly title: string;
}

/** A file that is no YAML or JSON. */
export const UNREADABLE: CatalogueEntry = {
  id: 'SP000',
  severity: 'error',
  title: 'the file cannot be read as YAML or JSON',
};

/** Faults without a rule of their own, by their severity. */
export const GENERAL: Readonly<Record<Exclude<Severity, 'note'>, CatalogueEntry>> = {
  error: {
    id: 'SP001',
    severity: 'error',
    title: 'a field is unknown, missing or of the wrong form: the policy cannot be used',
  },
  unsupported: {
    id: 'SP002',
    severity: 'unsupported',
    title: 'valid in Kyverno and not supported here: a rule with it never passes',
  },
  warning: {
    id: 'SP003',
    severity: 'warning',
    title: 'works, and is most likely not what was meant',
  },
};

/** Every rule by its identifier, in their order. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  UNREADABLE,
  ...Object.values(GENERAL),
  ...[
    ...Object.values(REFUSAL_RULES),
    ...Object.values(READER_RULES),
    ...DANGERS,
    ...DIFFERENCES,
    ...EXCEPTION_RULES,
    ...UPDATES,
  ].sort((one, other) => one.id.localeCompare(other.id)),
];
