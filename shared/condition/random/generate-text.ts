import { randomInt } from 'node:crypto';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import type { TextPattern } from './text-pattern.ts';

/** How often `*` and `+` repeat at most (goregen). */
const MAX_UNBOUNDED = 4096;

/**
 * A text that the pattern matches, by chance. Charges a step for each part of the pattern that is gone through, as
 * often as that is.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function generateText(pattern: TextPattern, budget: EvaluationBudget): string {
  const pieces: string[] = [];
  generate(pattern);
  return pieces.join('');

  function generate(part: TextPattern): void {
    budget.spend();
    switch (part.kind) {
      case 'literal':
        pieces.push(part.text);
        break;
      case 'set':
        pieces.push(part.set.choose());
        break;
      case 'sequence':
        part.parts.forEach(generate);
        break;
      case 'choice': {
        const option = part.options[randomInt(part.options.length)];
        if (option !== undefined) generate(option);
        break;
      }
      case 'group':
        generate(part.inside);
        break;
      case 'repeat': {
        const { min, max = Math.max(MAX_UNBOUNDED, min), inside } = part;
        for (let left = min + randomInt(max - min + 1); left > 0; left -= 1) generate(inside);
        break;
      }
    }
  }
}
