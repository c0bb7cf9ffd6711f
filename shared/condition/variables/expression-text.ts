import type { JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import { renderValue } from './render-value.ts';

/** Which quotes are open; `json` is a text inside a JSON literal. */
type Quote = 'none' | 'raw' | 'name' | 'literal' | 'json';

/** Characters written that count as one step. */
const CHARACTERS_A_STEP = 64;

/**
 * An expression put together from what its author wrote and from values of variables inside it. Kyverno
 * pastes such values in as they are, so that whoever writes a label or an annotation can write
 * expressions. Here a value stays a value: inside quotes it is escaped for them, outside it may only be a
 * name, a number or a path of them.
 */
export class ExpressionText {
  #text = '';
  #quote: Quote = 'none';
  readonly #budget: EvaluationBudget;

  constructor(budget: EvaluationBudget) {
    this.#budget = budget;
  }

  get text(): string {
    return this.#text.trim();
  }

  /** Adds what the author wrote. */
  write(text: string): void {
    this.#add(text);
    for (let at = 0; at < text.length; at += 1) {
      const character = text.charAt(at);
      // In raw texts and literals a backslash escapes the quote only.
      const escapes =
        this.#quote === 'raw' || this.#quote === 'literal'
          ? text.charAt(at + 1) === (this.#quote === 'raw' ? "'" : '`')
          : this.#quote !== 'none';
      if (character === '\\' && escapes) at += 1;
      else this.#quote = NEXT[this.#quote][character] ?? this.#quote;
    }
  }

  /**
   * Adds a value.
   * @throws {ConditionError} INVALID_ARGUMENT for one that would not stay a value there.
   */
  insert(value: JsonValue, variable: string): void {
    const rendered = renderValue(value, this.#budget);
    const text = encode(rendered, this.#quote);
    if (text === undefined)
      throw new ConditionError(
        'INVALID_ARGUMENT',
        `Cannot insert the value of "${variable}" into an expression: found ${excerpt(rendered)}, expected ${EXPECTED[this.#quote]}`,
      );
    this.#add(text);
  }

  /** Adds something in the place of a value that is not known yet, so that the expression can be parsed. */
  insertStandIn(): void {
    const isNumber = this.#quote === 'none' ? /\[\s*$/.test(this.#text) : this.#quote === 'literal';
    this.#add(isNumber ? '0' : 'x');
  }

  #add(text: string): void {
    this.#budget.spend(Math.ceil(text.length / CHARACTERS_A_STEP));
    this.#text += text;
  }
}

/** Which quotes are open after a character. */
const NEXT: Readonly<Record<Quote, Readonly<Record<string, Quote>>>> = {
  none: { "'": 'raw', '"': 'name', '`': 'literal' },
  raw: { "'": 'none' },
  name: { '"': 'none' },
  literal: { '`': 'none', '"': 'json' },
  json: { '"': 'literal', '`': 'none' },
};

const EXPECTED: Readonly<Record<Quote, string>> = {
  none: 'a name or a number; write the variable in quotes where it is a text',
  raw: 'a text that does not end in a backslash',
  name: 'a text',
  literal: 'JSON',
  json: 'a text',
};

function encode(text: string, quote: Quote): string | undefined {
  switch (quote) {
    case 'none':
      return /^[\w.*[\]-]*$/.test(text) ? text : undefined;
    case 'raw':
      return text.endsWith('\\') ? undefined : text.replaceAll("'", String.raw`\'`);
    case 'name':
      return JSON.stringify(text).slice(1, -1);
    case 'literal':
      return isJson(text) ? text.replaceAll('`', '\\`') : undefined;
    case 'json':
      return JSON.stringify(text).slice(1, -1).replaceAll('`', '\\`');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Longer texts say no more in a message than their start. */
const MAX_EXCERPT = 60;

function excerpt(text: string): string {
  return JSON.stringify(text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text);
}
