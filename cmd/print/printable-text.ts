import { printable } from './tree.ts';

/** Lines of text with names that somebody else wrote in it: no control characters reach a terminal. */
export function printableText(text: string): string {
  return text.replaceAll(/[^\n\t]+/g, (part) => printable(part, text.length));
}
