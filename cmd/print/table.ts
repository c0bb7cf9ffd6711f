import type { Style } from './style.ts';
import { printable } from './tree.ts';

export interface Cell {
  readonly text: string;
  readonly paint?: Parameters<Style>[0] | undefined;
}

export interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** kubectl's tabwriter settings: cells are padded by three spaces, and are at least six wide. */
const PADDING = 3;
const MIN_WIDTH = 6;

/**
 * A table as kubectl prints it: upper-case headers, columns aligned left, no trailing spaces. Cells hold names
 * that somebody else wrote, so neither a control character nor the end of a line is printed of them.
 */
export function formatTable(table: Table, style: Style, withHeaders = true): string {
  const head = table.headers.map((text): Cell => ({ text }));
  const written = withHeaders ? [head, ...table.rows] : table.rows;
  const lines = written.map((row) =>
    row.map(({ text, paint }): Cell => ({ text: printable(text, text.length), paint })),
  );
  const widths = table.headers.map((_, column) =>
    lines.reduce((width, row) => Math.max(width, (row[column]?.text ?? '').length), 0),
  );
  return lines.map((row) => `${formatRow(row, widths, style)}\n`).join('');
}

function formatRow(row: readonly Cell[], widths: readonly number[], style: Style): string {
  return row
    .map(({ text, paint }, column) => {
      const painted = paint === undefined ? text : style(paint, text);
      const isLast = column === row.length - 1;
      const width = Math.max((widths[column] ?? 0) + PADDING, MIN_WIDTH);
      return isLast ? painted : painted + ' '.repeat(width - text.length);
    })
    .join('')
    .trimEnd();
}
