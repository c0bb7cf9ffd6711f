/**
 * Something wrong with what a person wrote, tied to the field that holds it.
 *
 * - `error`: the document cannot be honoured as written.
 * - `warning`: it is honoured, but is dangerous or deprecated.
 * - `unsupported`: valid for its dialect, not handled by this version; a rule with such a fault
 *   never passes (MUST-NOT-HAPPEN 10).
 * - `foreign`: not about images, left to other engines.
 */
export interface Fault {
  readonly severity: 'error' | 'warning' | 'unsupported' | 'foreign';
  /** Field path inside the document, `spec.rules[0].verifyImages[0].attestors`. */
  readonly path: string;
  /** What is there, and what was expected. */
  readonly message: string;
  /** What kind of fault it is, for those that have a name: `SP201`. */
  readonly rule?: string;
}

/** One line for people: `spec.rules[0]: message`. */
export function formatFault(fault: Fault): string {
  return fault.path === '' ? fault.message : `${fault.path}: ${fault.message}`;
}
