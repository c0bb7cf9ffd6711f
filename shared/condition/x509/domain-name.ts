/**
 * Whether a text of ASCII can be a domain name, as Go checks those in certificates: no empty labels, nothing that
 * cannot be seen. A constraint may begin with a dot. No name at all is one.
 */
export function isDomainName(text: string, use: 'name' | 'constraint'): boolean {
  const name = use === 'constraint' ? text.replace(/^\./, '') : text;
  if (name === '') return text === '';
  return /^(?:[!-\-/-~]+(?:\.(?!$)|$))+$/.test(name);
}
