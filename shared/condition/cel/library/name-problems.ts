import { examples, isWhole, tooLong } from './name-form.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const OLD_LABEL = '[a-z]([-a-z0-9]*[a-z0-9])?';

/** Bytes. */
const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;

/** What is wrong with a label of DNS (RFC 1123), in Kubernetes' words as all below. */
export function labelProblems(text: string): readonly string[] {
  const problems = tooLong(text, MAX_LABEL);
  if (isWhole(LABEL, text)) return problems;
  if (isWhole(SUBDOMAIN, text)) return [...problems, 'must not contain dots'];
  return [
    ...problems,
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and " +
      `end with an alphanumeric character${examples(LABEL, 'my-name', '123-abc')}`,
  ];
}

/** What is wrong with a domain below another (RFC 1123). */
export function subdomainProblems(text: string): readonly string[] {
  const problems = tooLong(text, MAX_SUBDOMAIN);
  if (isWhole(SUBDOMAIN, text)) return problems;
  return [
    ...problems,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must " +
      `start and end with an alphanumeric character${examples(SUBDOMAIN, 'example.com')}`,
  ];
}

/** What is wrong with a label as RFC 1035 has them, which start with a letter. */
export function oldLabelProblems(text: string): readonly string[] {
  const problems = tooLong(text, MAX_LABEL);
  if (isWhole(OLD_LABEL, text)) return problems;
  return [
    ...problems,
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic " +
      `character, and end with an alphanumeric character${examples(OLD_LABEL, 'my-name', 'abc-123')}`,
  ];
}
