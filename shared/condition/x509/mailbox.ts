import { isDomainName } from './domain-name.ts';

/** RFC 2821 §4.1.2, with spaces in quotes, which RFC 3696 has in an example. */
const QUOTED = /^"(?:\\[^\0\n\r]|[^\0\t\n\r"\\])*"@/;

/** RFC 2822 §3.2.4, with escapes outside of quotes, which RFC 3696 has in examples. */
const ATOMS = /^(?:\\[^]|[\w!#$%&'*+\-/=?^`{|}~.])+@/;

/** Whether a text of ASCII is a mailbox, as Go checks those that constraints name. */
export function isMailbox(text: string): boolean {
  const local = (QUOTED.exec(text) ?? ATOMS.exec(text))?.[0];
  if (local === undefined) return false;
  const plain = local.startsWith('"') ? '' : local.replaceAll(/\\([^])/g, '$1');
  return !/^\.|\.\.|\.@$/.test(plain) && isDomainName(text.slice(local.length), 'name');
}
