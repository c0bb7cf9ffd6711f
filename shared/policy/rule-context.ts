import type { FailureAction } from './model.ts';

/** What a rule is read with: what its policy says for all rules. */
export interface RuleContext {
  readonly action: FailureAction;
  /** Whose kind the policy is of; only Kyverno's own are warned about what Kyverno refuses. */
  readonly dialect: 'kyverno' | 'own';
  /** Authors of namespaced policies are trusted with their namespace only. */
  readonly scope: 'cluster' | 'namespace';
  /** Set for namespaced policies. */
  readonly namespace?: string | undefined;
}
