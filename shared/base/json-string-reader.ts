/** Characters that are looked at in one step. */
const PIECE = 64 * 1024;

/** Escapes that are passed over in one step, while the end of a string is looked for. */
const ESCAPES = 512;

/** Control characters must be escaped; all else may stand for itself. */
const CONTROL = /[^\u0020-\uffff]/;

/** Reads the strings of one JSON text from left to right; long ones in steps. */
export class JsonStringReader {
  readonly #text: string;
  /** The next of each at or after what was read so far: each part of the text is searched once only. */
  #backslash: number;
  #quote: number;
  #start = 0;
  #at = 0;
  /** Set once the end is known: the position of the closing quote. */
  #end: number | undefined;
  #hasEscapes = false;
  #parts: string[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#backslash = this.#find('\\', 0);
    this.#quote = this.#find('"', 0);
  }

  /** Begins with the string whose opening quote is at `quote`. */
  begin(quote: number): void {
    this.#start = quote + 1;
    this.#at = this.#start;
    this.#end = undefined;
    this.#hasEscapes = false;
    this.#parts = [];
  }

  /** Where the text goes on after the string that was read last. */
  get after(): number {
    return (this.#end ?? this.#at) + 1;
  }

  /**
   * A step of reading.
   * @returns the string, or undefined while it is not read to its end.
   * @throws {SyntaxError} where it is no JSON string.
   */
  step(): string | undefined {
    if (this.#end === undefined) this.#seekEnd();
    else return this.#decode(this.#end);
    const end: number | undefined = this.#end;
    return end !== undefined && end - this.#start <= PIECE ? this.#decode(end) : undefined;
  }

  #seekEnd(): void {
    for (let escapes = 0; escapes < ESCAPES; escapes += 1) {
      if (this.#quote < this.#at) this.#quote = this.#find('"', this.#at);
      if (this.#quote === Infinity) throw new SyntaxError('string does not end');
      if (this.#backslash < this.#at) this.#backslash = this.#find('\\', this.#at);
      if (this.#backslash > this.#quote) {
        this.#end = this.#quote;
        this.#at = this.#start;
        return;
      }
      this.#hasEscapes = true;
      this.#at = this.#backslash + 2;
    }
  }

  /** Decodes a piece, and all of them together at the end. */
  #decode(end: number): string | undefined {
    const from = this.#at;
    const to = this.#hasEscapes ? this.#pieceEnd(from, end) : Math.min(from + PIECE, end);
    const piece = this.#text.slice(from, to);
    if (this.#hasEscapes) this.#parts.push(JSON.parse(`"${piece}"`) as string);
    else if (CONTROL.test(piece)) throw new SyntaxError('string holds a control character');
    this.#at = to;
    if (to < end) return undefined;
    return this.#hasEscapes ? this.#parts.join('') : this.#text.slice(this.#start, end);
  }

  /** The end of a piece, never inside of an escape. */
  #pieceEnd(from: number, end: number): number {
    if (end - from <= PIECE) return end;
    let index = from;
    while (index < from + PIECE) {
      const isEscape = this.#text[index] === '\\';
      index += isEscape ? (this.#text[index + 1] === 'u' ? 6 : 2) : 1;
    }
    return Math.min(index, end);
  }

  #find(char: string, from: number): number {
    const found = this.#text.indexOf(char, from);
    return found < 0 ? Infinity : found;
  }
}
