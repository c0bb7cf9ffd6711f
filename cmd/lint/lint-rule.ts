import type { JsonObject } from '#shared/base/json-value.ts';
import type { Written } from '#shared/policy/written.ts';
import type { Severity } from './finding.ts';

/** What a rule looks at: the text of a policy, not what was made of it. */
export interface Subject {
  readonly document: JsonObject;
  readonly policy: Written;
  readonly spec: Written;
  readonly rules: readonly Written[];
}

/** Field path and what is to say of it. */
export type Found = readonly [path: string, message: string];

/** A rule about policies that are read without a fault, and are not what their author means. */
export interface LintRule {
  readonly id: string;
  readonly severity: Extract<Severity, 'warning' | 'note'>;
  /** What is wrong, in one line. */
  readonly title: string;
  readonly find: (subject: Subject) => readonly Found[];
}
