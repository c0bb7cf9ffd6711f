import type { Written } from './written.ts';

/** What is looked at: the text of a policy of Kyverno's kinds. */
export interface RefusalSubject {
  readonly policy: Written;
  readonly spec: Written;
  readonly rules: readonly Written[];
}

/** Path and text, which goes on from "Kyverno refuses". */
export type Refused = readonly [path: string, message: string];

/** Finds all there is of one kind. */
export type RefusalFinder = (subject: RefusalSubject) => readonly Refused[];
