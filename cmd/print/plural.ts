/** `1 image`, `2 images`; the plural is given where an "s" does not make it. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : many}`;
}
