/** Whether all of a text has a form. */
export function isWhole(form: string, text: string): boolean {
  return new RegExp(`^(?:${form})$`).test(text);
}

/** What is wrong with a text of more bytes, which Kubernetes calls characters where it speaks of names. */
export function tooLong(text: string, limit: number, unit = 'characters'): readonly string[] {
  return Buffer.byteLength(text) > limit ? [`must be no more than ${limit} ${unit}`] : [];
}

/** What follows a description of a form. */
export function examples(form: string, ...texts: readonly string[]): string {
  const list = texts.map((text) => `'${text}', `).join(' or ');
  return ` (e.g. ${list}regex used for validation is '${form}')`;
}
