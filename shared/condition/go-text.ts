/** UTF-8 as RFC 3629 §4 allows it, each character of the text a byte; anything else one byte at a time. */
const CHARACTER =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** Bytes as Go's `json.Marshal` makes text of them: each one that is no UTF-8 becomes U+FFFD. */
export function goText(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(CHARACTER, (char) =>
      char.length === 1 ? '\ufffd' : Buffer.from(char, 'latin1').toString('utf8'),
    );
}
