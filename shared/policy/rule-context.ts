import type { FailureAction } from './model.ts';

/** What a rule is read with: what its policy says for all rules. */
export interface RuleContext {
  readonly action: FailureAction;
  /** Whose kind the policy is of; only Kyverno's own are warned about what Kyverno refuses. */
  readonly dialect: 'kyverno' | 'own';
  /** Set for namespaced policies, whose authors are trusted with their namespace only. */
  readonly namespace?: string | undefined;
}
