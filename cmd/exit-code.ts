/** What the process tells its caller; the numbers are part of the interface (issue texts, docs, CI jobs). */
export const EXIT = {
  /** Everything that was asked for was checked, and would be admitted. */
  ok: 0,
  /** A definite no: something would be denied. */
  denied: 1,
  /** The command line, a file or a policy is wrong; nothing was done. */
  usage: 2,
  /** Could not decide: cluster, registry, or something unexpected. */
  trouble: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
