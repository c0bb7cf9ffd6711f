import type { ApplicableRule } from './applicable-rules.ts';

/** Why a rule, or a rule for some images, is not asked although it applies. */
export interface Waiver {
  readonly applicable: ApplicableRule;
  readonly by: 'exception' | 'bypass';
  /** For records and reports. */
  readonly message: string;
  /** Patterns of the images it is for; undefined for the object as a whole. */
  readonly images: readonly string[] | undefined;
}
