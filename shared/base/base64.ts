/**
 * Decodes standard base64, padded, line breaks allowed (real cosign annotations contain them); undefined
 * for anything else. Node's own decoder skips what it does not understand, which would let two readers
 * see different bytes.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const compact = text.replaceAll(/[\r\n]/g, '');
  const wellFormed = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
  return wellFormed ? Buffer.from(compact, 'base64') : undefined;
}
