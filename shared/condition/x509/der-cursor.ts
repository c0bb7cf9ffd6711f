import { type DerElement, derElements } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';

/** The identifier octet of a context-specific element. */
export function contextTag(
  number: number,
  form: 'primitive' | 'constructed' = 'primitive',
): number {
  return (form === 'primitive' ? 0x80 : 0xa0) | number;
}

/** Elements one after the other, of which some may be left out. */
export class DerCursor {
  readonly #elements: readonly DerElement[];
  #next = 0;

  /** @throws {DerError} */
  constructor(contents: Buffer) {
    this.#elements = derElements(contents);
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#elements.length;
  }

  /** The next element. @throws {DerError} for another one, or at the end. */
  take(tag: number): DerElement {
    const element = expectTag(this.#elements[this.#next], tag);
    this.#next += 1;
    return element;
  }

  /** The next element if it is this one. */
  takeIf(tag: number): DerElement | undefined {
    return this.#elements[this.#next]?.tag === tag ? this.take(tag) : undefined;
  }

  /** The next element, whatever it is. */
  takeAny(): DerElement | undefined {
    const element = this.#elements[this.#next];
    this.#next += 1;
    return element;
  }

  /** All that are left. */
  get rest(): readonly DerElement[] {
    return this.#elements.slice(this.#next);
  }
}
