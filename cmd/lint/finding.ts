import type { Fault } from '#shared/base/fault.ts';

/** How bad a finding is; a note is only told. */
export type Severity = Exclude<Fault['severity'], 'foreign'> | 'note';

/** Something that the author of a policy should know, where it stands. */
export interface Finding {
  /** `SP201`. */
  readonly rule: string;
  readonly severity: Severity;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** Field path, empty for the document as a whole. */
  readonly path: string;
  readonly message: string;
}

/**
 * - `runs`: as it is, with Kyverno's decisions.
 * - `differs`: it runs, and findings say what is decided differently.
 * - `foreign`: not about images, left to others.
 * - `refused`: it cannot be used, here or in Kyverno; findings say why.
 */
export type State = 'runs' | 'differs' | 'foreign' | 'refused';

/** One document with what was found in it. */
export interface LintedDocument {
  /** The file, as it was named. */
  readonly origin: string;
  /** Line on which it starts. */
  readonly line: number;
  /** `ClusterPolicy/name`, or what else the document is. */
  readonly name: string;
  readonly isPolicy: boolean;
  readonly state: State;
  /** Rules of a policy that are not about images. */
  readonly foreignRules: number;
  readonly findings: readonly Finding[];
}

const FAILING: Readonly<Record<Severity, 'always' | 'strict' | 'never'>> = {
  error: 'always',
  unsupported: 'always',
  warning: 'strict',
  note: 'never',
};

/** Whether the finding is one that a pipeline stops at. */
export function isFailing({ severity }: Finding, strict: boolean): boolean {
  return FAILING[severity] === 'always' || (strict && FAILING[severity] === 'strict');
}
