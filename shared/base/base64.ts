import { inTurns } from './in-turns.ts';

/**
 * Decodes standard base64, padded, line breaks allowed (real cosign annotations contain them); undefined
 * for anything else. Node's own decoder skips what it does not understand, which would let two readers
 * see different bytes.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const compact = withoutLineBreaks(text);
  return compact === undefined ? undefined : decode(compact);
}

/** Whether {@link decodeBase64} would decode it. */
export function isBase64(text: string): boolean {
  const compact = withoutLineBreaks(text);
  if (compact === undefined) return false;
  return compact.length > LONG ? decode(compact) !== undefined : isWellFormed(compact);
}

/** The same for texts of any length, a few milliseconds at a time. */
export async function decodeLongBase64(text: string): Promise<Buffer | undefined> {
  if (text.length <= MAX_WITH_LINE_BREAKS) return decodeBase64(text);
  const bytes = Buffer.allocUnsafe(Math.ceil(text.length / 4) * 3);
  let [from, length] = [0, 0];
  await inTurns(() => {
    const piece = text.slice(from, from + PIECE);
    const decoded = decode(piece);
    from += PIECE;
    const isLast = from >= text.length;
    // Padding ends the text, so only the last piece has some.
    if (decoded === undefined || (!isLast && decoded.length !== (PIECE / 4) * 3)) {
      length = -1;
      return true;
    }
    length += decoded.copy(bytes, length);
    return isLast;
  });
  return length < 0 ? undefined : bytes.subarray(0, length);
}

/** Of a long text, decoded in well below a millisecond; a multiple of four. */
const PIECE = 256 * 1024;

/** Payloads of this length are compared by what they decode to: an expression takes ten times as long. */
const LONG = 16 * 1024;

/** Taking line breaks out of more takes longer than a turn may; who writes megabytes writes no lines. */
const MAX_WITH_LINE_BREAKS = 512 * 1024;

function withoutLineBreaks(text: string): string | undefined {
  if (!text.includes('\n') && !text.includes('\r')) return text;
  return text.length > MAX_WITH_LINE_BREAKS ? undefined : text.replaceAll(/[\r\n]/g, '');
}

function decode(compact: string): Buffer | undefined {
  if (compact.length <= LONG)
    return isWellFormed(compact) ? Buffer.from(compact, 'base64') : undefined;
  const padding = compact.endsWith('==') ? 2 : Number(compact.endsWith('='));
  // Node's decoder also takes the alphabet of URLs, and of other characters the lowest byte; all else that it
  // skips or stops at makes the bytes fewer.
  if (Buffer.byteLength(compact) !== compact.length) return undefined;
  if (compact.length % 4 !== 0 || compact.includes('-') || compact.includes('_')) return undefined;
  const bytes = Buffer.from(compact, 'base64');
  return bytes.length === (compact.length / 4) * 3 - padding ? bytes : undefined;
}

function isWellFormed(compact: string): boolean {
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}
