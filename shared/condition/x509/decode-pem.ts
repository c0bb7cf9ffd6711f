import { decodeBase64 } from '../../base/base64.ts';

/** A block of PEM. */
export interface PemBlock {
  readonly label: string;
  readonly bytes: Buffer;
}

/** From a line that begins a block to the first that ends one, its lines before those of base64 with colons. */
const BEGIN = '-----BEGIN ';
const END = '\n-----END ';

/**
 * The first block of PEM that can be read (Go: `pem.Decode`); undefined where there is none. Text around it is passed
 * over, and so are lines `name: value` at its top.
 */
export function decodePem(text: string): PemBlock | undefined {
  for (let from = 0, end = text.indexOf(END); end >= 0; end = text.indexOf(END, from)) {
    const begin = text.slice(from, end).lastIndexOf(BEGIN);
    const start = from + begin;
    const block =
      begin < 0 || (begin > 0 && text[start - 1] !== '\n')
        ? undefined
        : readBlock(text.slice(start + BEGIN.length, end), text, end + END.length);
    if (block !== undefined) return block;
    from = end + END.length;
  }
  return undefined;
}

/** @param inside what stands between the words that begin and end it. */
function readBlock(inside: string, text: string, afterEnd: number): PemBlock | undefined {
  const [first = '', ...lines] = inside.split('\n').map((line) => line.replace(/[ \t]*\r?$/, ''));
  if (!first.endsWith('-----')) return undefined;
  const label = first.slice(0, -5);
  const close = text.slice(afterEnd, afterEnd + label.length + 5);
  const restOfLine = text.slice(afterEnd + label.length + 5).split('\n', 1)[0] ?? '';
  if (close !== `${label}-----` || !/^[ \t]*\r?$/.test(restOfLine)) return undefined;
  const firstLine = lines.findIndex((line) => !line.includes(':'));
  if (firstLine < 0 && lines.length > 0) return undefined;
  const body = lines.slice(Math.max(firstLine, 0)).join('');
  const bytes = decodeBase64(body.replaceAll(/[ \t\r]/g, ''));
  return bytes === undefined ? undefined : { label, bytes };
}
