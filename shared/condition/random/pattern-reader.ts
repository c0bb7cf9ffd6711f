/** The characters of a pattern, one after the other. */
export class PatternReader {
  readonly #text: string;
  /** In UTF-16 units. */
  position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#text.length;
  }

  /** The character that is next; empty behind the end. */
  peek(): string {
    const code = this.#text.codePointAt(this.position);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  /** Whether these characters are next. */
  isNext(text: string): boolean {
    return this.#text.startsWith(text, this.position);
  }

  /** Takes the next character; empty behind the end. */
  take(): string {
    const char = this.peek();
    this.position += char.length;
    return char;
  }

  /** Takes these characters if they are next. */
  takeIf(text: string): boolean {
    const isNext = this.isNext(text);
    if (isNext) this.position += text.length;
    return isNext;
  }

  /** What a sticky expression matches here; nothing is taken. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.position;
    return expression.exec(this.#text) ?? undefined;
  }

  /** What stands from here up to a text, that included; undefined where it does not follow. */
  through(end: string): string | undefined {
    const at = this.#text.indexOf(end, this.position);
    return at < 0 ? undefined : this.#text.slice(this.position, at + end.length);
  }

  /** What was taken since a position. */
  since(start: number): string {
    return this.#text.slice(start, this.position);
  }
}
