import type { Clock } from '../base/clock.ts';
import type { EvaluationBudget } from './evaluation-budget.ts';
import type { HostAddresses } from './host-addresses.ts';

/** What every evaluation uses besides the values that it is about. */
export interface Evaluation {
  readonly budget: EvaluationBudget;
  readonly clock: Clock;
  readonly hosts: HostAddresses;
}
