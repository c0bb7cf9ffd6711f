import { ConditionError } from '../condition-error.ts';
import type { Expression } from '../jmespath/expression.ts';
import { parseJmespath } from '../jmespath/parse-jmespath.ts';

/** A text of a policy with its variables, `{{ … }}`. */
export interface Template {
  readonly parts: readonly TemplatePart[];
  /** Whether the text is one variable and nothing else: it then stands for a value of any type. */
  readonly isValue: boolean;
  /** Whether there are braces that look like a variable and are none. */
  readonly hasStrayBraces: boolean;
}

export type TemplatePart = string | Variable;

export interface Variable {
  /** The expression as written, without braces and space around it. */
  readonly text: string;
  /** What the expression is made of; texts only, unless other variables stand in it. */
  readonly parts: readonly TemplatePart[];
  /** The expression; undefined where variables stand in it, so that it is known only when they are. */
  readonly expression: Expression | undefined;
}

/**
 * An innermost variable, Kyverno's `RegexVariables`: other braces stand in it only as pairs without more
 * inside.
 */
const VARIABLE = /(?<!\\)\{\{((?:\{[^{}]*\}|[^{}])*)\}\}/g;

/** Variables inside variables; two is what published policies use. */
const MAX_NESTING = 8;

/**
 * Reads the variables of a text as Kyverno 1.19 does: innermost first; `\{{` is no variable, `{{-` is the
 * same as `{{`; braces that are not read as variables are text.
 * @throws {ConditionError} SYNTAX for a variable that is no expression.
 */
export function parseTemplate(text: string): Template {
  if (!text.includes('{{')) return { parts: [text], isValue: false, hasStrayBraces: false };
  const { marked, partsOf } = markVariables(text);
  const parts = partsOf(marked).map((part) =>
    typeof part === 'string' ? part.replaceAll(String.raw`\{{`, '{{') : part,
  );
  const isValue = parts.length === 1 && typeof parts[0] === 'object';
  return { parts, isValue, hasStrayBraces: /(?<!\\)\{\{/.test(marked) };
}

interface Marked {
  /** The text with marks in the place of its variables. */
  readonly marked: string;
  /** What a text with marks is made of. */
  readonly partsOf: (marked: string) => readonly TemplatePart[];
}

/** Replaces innermost variables by marks until there are none. */
function markVariables(text: string): Marked {
  const mark = unusedCharacter(text);
  const variables: Variable[] = [];
  const partsOf = (marked: string): TemplatePart[] =>
    marked
      .split(mark)
      .map((part, at) => (at % 2 === 0 ? part : (variables[Number(part)] ?? '')))
      .filter((part) => part !== '');
  let marked = text;
  for (let depth = 0; depth <= MAX_NESTING; depth += 1) {
    const next = marked.replaceAll(VARIABLE, (_variable, inner: string) => {
      variables.push(readVariable(partsOf(inner)));
      return `${mark}${variables.length - 1}${mark}`;
    });
    if (next === marked) return { marked, partsOf };
    marked = next;
  }
  throw new ConditionError(
    'SYNTAX',
    `Cannot read variables: more than ${MAX_NESTING} stand inside one another`,
  );
}

/** First of the characters that no standard gives a meaning to, and so nobody writes. */
const PRIVATE_USE = 0xe000;

function unusedCharacter(text: string): string {
  let code = PRIVATE_USE;
  while (text.includes(String.fromCodePoint(code))) code += 1;
  return String.fromCodePoint(code);
}

/** `{{-`: in Kyverno, do not read the value for variables again, which is never done here. */
const SHALLOW = /^\s*-?\s*/;

function readVariable(written: readonly TemplatePart[]): Variable {
  const [first = '', ...rest] = written;
  const parts = typeof first === 'string' ? [first.replace(SHALLOW, ''), ...rest] : written;
  const text = parts
    .map((part) => (typeof part === 'string' ? part : `{{ ${part.text} }}`))
    .join('')
    .trim();
  if (text === '') throw new ConditionError('SYNTAX', 'Cannot read a variable: it is empty');
  const isFixed = parts.every((part) => typeof part === 'string');
  return { text, parts, expression: isFixed && text !== '@' ? parseJmespath(text) : undefined };
}
