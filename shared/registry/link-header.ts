/** RFC 8288: the target of the link with relation `next`, as distribution-spec uses it for paging. */
export function nextLink(header: string | undefined): string | undefined {
  const links = (header ?? '').matchAll(
    /<([^<>]*)>((?:\s*;\s*[a-z*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)/gi,
  );
  for (const [, target, parameters = ''] of links)
    if (/;\s*rel\s*=\s*(?:next\s*(?:;|$)|"(?:[^"]*\s)?next(?:\s[^"]*)?")/i.test(parameters))
      return target;
  return undefined;
}
