import { ConditionError } from '../condition-error.ts';

/** Characters of an expression that a message quotes on each side of the fault. */
const EXCERPT = 40;

/** A text that is no expression; `position` is the offset of the character at which that shows. */
export class JmespathSyntaxError extends ConditionError {
  readonly position: number;

  constructor(text: string, position: number, why: string) {
    const from = Math.max(0, position - EXCERPT);
    const to = Math.min(text.length, position + EXCERPT);
    const excerpt = `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
    super(
      'SYNTAX',
      `Cannot parse expression ${JSON.stringify(excerpt)} at character ${position + 1}: ${why}`,
    );
    this.position = position;
  }
}
