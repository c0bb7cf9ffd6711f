import { ConditionError } from '../condition-error.ts';
import type { Expression } from '../jmespath/expression.ts';
import { parseJmespath } from '../jmespath/parse-jmespath.ts';

/** A text of a policy with its variables, `{{ … }}`. */
export interface Template {
  readonly parts: readonly TemplatePart[];
  /** Whether the text is one variable and nothing else: it then stands for a value of any type. */
  readonly isValue: boolean;
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

/** Braces open at a time; variables inside variables inside braces of theirs are four. */
const MAX_OPEN = 16;

/**
 * Reads the variables of a text as Kyverno 1.19 does: innermost first, `\{{` stands for braces that mean nothing,
 * `{{-` is the same as `{{`, and inside a variable other braces may be nested once. Braces that never
 * close are plain text.
 * @throws {ConditionError} SYNTAX for a variable that is no expression.
 */
export function parseTemplate(text: string): Template {
  const parts = text.includes('{{') ? new Reader(text).read() : [text];
  const [first] = parts;
  const isValue = parts.length === 1 && typeof first === 'object';
  return { parts, isValue };
}

/** What is open at a place of the text, with what was read since. */
interface Frame {
  readonly opening: '' | '{' | '{{';
  readonly start: number;
  readonly parts: TemplatePart[];
  /** Whether braces are nested deeper inside than Kyverno reads. */
  isTooDeep: boolean;
}

const TOKEN = /[^{}\\]+|\\\{\{|\{\{|\}\}|[^]/y;

/** One pass over the text with a stack of open braces. */
class Reader {
  readonly #text: string;
  readonly #stack: Frame[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#stack = [{ opening: '', start: 0, parts: [], isTooDeep: false }];
  }

  read(): TemplatePart[] {
    while (this.#at < this.#text.length) this.#step();
    this.#unwind();
    return joined(this.#top.parts);
  }

  get #top(): Frame {
    const top = this.#stack.at(-1);
    if (top === undefined) throw new TypeError('The outermost text is never closed');
    return top;
  }

  #step(): void {
    TOKEN.lastIndex = this.#at;
    const [found = ''] = TOKEN.exec(this.#text) ?? [];
    const { opening } = this.#top;
    this.#at += found.length;
    if (found === '{{' || (found === '{' && opening !== '')) this.#open(found);
    else if (found.startsWith('}') && opening !== '') this.#close(found);
    else this.#top.parts.push(found === '\\{{' ? '{{' : found);
  }

  #close(found: string): void {
    if (this.#top.opening === '{') this.#closeGroup(found);
    else if (found === '}}') this.#closeVariable();
    else {
      // It closes nothing, so nothing that is open can be a variable.
      this.#unwind();
      this.#top.parts.push(found);
    }
  }

  #open(opening: '{' | '{{'): void {
    this.#stack.push({ opening, start: this.#at, parts: [], isTooDeep: false });
    if (this.#stack.length > MAX_OPEN)
      throw new ConditionError(
        'SYNTAX',
        `Cannot read variables: found more than ${MAX_OPEN} open braces at character ${this.#at}`,
      );
  }

  /** One brace closes the group; the second of two is read again. */
  #closeGroup(found: string): void {
    const group = this.#pop();
    this.#at -= found.length - 1;
    const outer = this.#top;
    if (outer.opening === '{' || group.isTooDeep) outer.isTooDeep = true;
    for (const part of ['{', ...group.parts, '}']) outer.parts.push(part);
  }

  #closeVariable(): void {
    const { parts, start, isTooDeep } = this.#pop();
    const text = this.#text.slice(start, this.#at - 2).trim();
    if (isTooDeep)
      throw new ConditionError(
        'SYNTAX',
        `Cannot read the variable "${text}": braces inside it may be nested only once`,
      );
    this.#top.parts.push(readVariable(text, joined(parts)));
  }

  #pop(): Frame {
    const frame = this.#top;
    this.#stack.pop();
    return frame;
  }

  #unwind(): void {
    for (const { opening, parts } of this.#stack.splice(1))
      for (const part of [opening, ...parts]) this.#top.parts.push(part);
  }
}

/** Neighbouring texts as one. */
function joined(parts: readonly TemplatePart[]): TemplatePart[] {
  const result: TemplatePart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (typeof part === 'string' && typeof last === 'string')
      result[result.length - 1] = last + part;
    else if (part !== '') result.push(part);
  }
  return result;
}

/** `{{-`: in Kyverno, do not read the value for variables again, which is never done here. */
const SHALLOW = /^\s*-\s*/;

function readVariable(written: string, parts: readonly TemplatePart[]): Variable {
  const text = written.replace(SHALLOW, '');
  if (text === '') throw new ConditionError('SYNTAX', 'Cannot read a variable: it is empty');
  const [first = '', ...rest] = parts;
  const expressed = typeof first === 'string' ? [first.replace(SHALLOW, ''), ...rest] : parts;
  const isFixed = parts.every((part) => typeof part === 'string');
  return {
    text,
    parts: expressed,
    expression: isFixed && text !== '@' ? parseJmespath(text) : undefined,
  };
}
