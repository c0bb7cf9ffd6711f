import type { Rule } from '../policy/model.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { ExaminedObject } from './examined-object.ts';

/** Why no image of the object can be trusted to be known to any rule; empty where all are. */
export function unreadableParts(examined: ExaminedObject | string): readonly string[] {
  return typeof examined === 'string'
    ? [examined]
    : examined.unreadable.map(({ message }) => message);
}

/** Whether every rule can read the images that it looks for. */
export function isReadable({ unreadable, extracted }: ExaminedObject): boolean {
  return (
    unreadable.length === 0 && [...extracted.values()].every((own) => own.unreadable.length === 0)
  );
}

/** The verdict of a rule that cannot read the images at the places it names; undefined where it can. */
export function extractionProblem(
  { extracted }: Pick<ExaminedObject, 'extracted'>,
  rule: Rule,
): Verdict | undefined {
  const unreadable = extracted.get(rule)?.unreadable ?? [];
  return unreadable.length === 0
    ? undefined
    : unreadableVerdict(unreadable.map(({ message }) => message));
}

/** Nobody corrects more at a time; an object may have thousands. */
const MAX_DETAILS = 20;

export function unreadableVerdict(problems: readonly string[]): Verdict {
  const more = problems.length - MAX_DETAILS;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return {
    kind: 'error',
    reason: 'UNREADABLE_OBJECT',
    message: 'the images of the object cannot be read',
    details: [...problems.slice(0, MAX_DETAILS), ...rest],
    digest: undefined,
    transient: false,
    retryAfterSeconds: undefined,
  };
}
