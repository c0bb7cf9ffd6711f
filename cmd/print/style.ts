import type { Environment } from '../environment.ts';
import type { Output } from '../streams.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'bold' | 'dim';

/** Puts a colour around a text, or leaves it alone. */
export type Style = (colour: Colour, text: string) => string;

/** ECMA-48 "select graphic rendition": code that starts the effect, code that ends it. */
const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  cyan: [36, 39],
  bold: [1, 22],
  dim: [2, 22],
};

/**
 * Colours only for a terminal that can show them, and never where `NO_COLOR` is set, whatever its value
 * (no-color.org).
 */
export function styleFor(output: Output, env: Environment): Style {
  const plain = !output.isTTY || env['NO_COLOR'] !== undefined || env['TERM'] === 'dumb';
  if (plain) return (_colour, text) => text;
  return (colour, text) => {
    const [start, end] = CODES[colour];
    return `\u001B[${start}m${text}\u001B[${end}m`;
  };
}
