/** RFC 6901: one reference token, escaped. */
function escapeToken(token: string | number): string {
  if (typeof token === 'number') return String(token);
  return /[~/]/.test(token) ? token.replaceAll('~', '~0').replaceAll('/', '~1') : token;
}

/** RFC 6901 JSON pointer for a path of keys and indexes, `/spec/containers/0/image`. */
export function jsonPointer(path: readonly (string | number)[]): string {
  return path.map((token) => `/${escapeToken(token)}`).join('');
}
