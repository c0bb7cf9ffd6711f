/**
 * Decodes standard base64, padded, line breaks allowed (real cosign annotations contain them); undefined
 * for anything else. Node's own decoder skips what it does not understand, which would let two readers
 * see different bytes.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const compact = withoutLineBreaks(text);
  return isWellFormed(compact) ? Buffer.from(compact, 'base64') : undefined;
}

/** Whether {@link decodeBase64} would decode it. */
export function isBase64(text: string): boolean {
  return isWellFormed(withoutLineBreaks(text));
}

function withoutLineBreaks(text: string): string {
  return text.replaceAll(/[\r\n]/g, '');
}

function isWellFormed(compact: string): boolean {
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}
