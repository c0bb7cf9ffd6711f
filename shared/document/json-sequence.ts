/**
 * JSON objects written one after the other (as `jq` and `kubectl` print them), which YAML does not allow:
 * the range of each. Undefined where the text is not two or more of them, and is left to the YAML parser.
 */
export function splitJsonSequence(
  text: string,
): readonly { readonly start: number; readonly end: number }[] | undefined {
  const parts: { start: number; end: number }[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const end = text[at] === '{' ? objectEnd(text, at) : undefined;
    if (end === undefined) return undefined;
    parts.push({ start: at, end });
    at = skipSpace(text, end);
  }
  return parts.length > 1 ? parts : undefined;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

/** Where the object that starts at `from` ends, by counting brackets outside of strings. */
function objectEnd(text: string, from: number): number | undefined {
  const token = /["{}[\]]/g;
  token.lastIndex = from;
  let depth = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (found[0] === '"') {
      const end = stringEnd(text, found.index);
      if (end === undefined) return undefined;
      token.lastIndex = end;
    } else {
      depth += found[0] === '{' || found[0] === '[' ? 1 : -1;
      if (depth === 0) return token.lastIndex;
    }
  }
  return undefined;
}

function stringEnd(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '"') return at + 1;
  }
  return undefined;
}
