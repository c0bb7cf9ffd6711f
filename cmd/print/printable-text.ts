import { printable } from './tree.ts';

/** Lines of text with names that somebody else wrote in it: no control characters reach a terminal. */
export function printableText(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : printable(part, text.length)))
    .join('');
}
