/** A thing with what is known of it. */
export interface TreeNode {
  readonly title: string;
  /** Name and value; several values of one name are several rows. */
  readonly rows: readonly (readonly [string, string])[];
}

/** Lines of a tree one level deep, its rows aligned below each title. */
export function treeLines(nodes: readonly TreeNode[]): readonly string[] {
  return nodes.flatMap(({ title, rows }, index) => {
    const isLast = index === nodes.length - 1;
    const rail = isLast ? '   ' : '│  ';
    const width = Math.max(0, ...rows.map(([name]) => name.length));
    return [
      `${isLast ? '└─' : '├─'} ${title}`,
      ...rows.map(([name, value]) => `${rail} ${name.padEnd(width)}  ${value}`),
    ];
  });
}

/** Longer texts are no names. Characters. */
const MAX_TEXT = 500;

/** Text that somebody else wrote, such as a certificate's names: no control characters reach a terminal. */
export function printable(text: string, maxLength: number = MAX_TEXT): string {
  const shown = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown;
}
