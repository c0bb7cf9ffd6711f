/** DER encoders (X.690 §10), as far as certificates and timestamps need them. */

/** One element: identifier octet, definite length, content. */
export function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), derLength(body.length), body]);
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 + bytes.length]), bytes]);
}

export function sequence(...content: readonly Buffer[]): Buffer {
  return element(0x30, ...content);
}

/** SET OF: DER wants the encodings sorted (X.690 §11.6). */
export function setOf(...content: readonly Buffer[]): Buffer {
  return element(0x31, ...content.toSorted((a, b) => Buffer.compare(a, b)));
}

/** A context-specific tag around whole elements. */
export function explicitTag(number: number, ...content: readonly Buffer[]): Buffer {
  return element(0xa0 + number, ...content);
}

/** A context-specific tag in place of a primitive element's own. */
export function implicitTag(number: number, content: Buffer): Buffer {
  return element(0x80 + number, content);
}

/** Integer from a number or from its magnitude in bytes; never negative. */
export function integer(value: number | Buffer): Buffer {
  const hex = typeof value === 'number' ? value.toString(16) : value.toString('hex');
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const [first = 0] = bytes;
  return element(0x02, first >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
    digits.unshift((left % 128) + 128);
  return digits;
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.from([value ? 0xff : 0]));
}

export function nullValue(): Buffer {
  return element(0x05);
}

export function octetString(content: Buffer): Buffer {
  return element(0x04, content);
}

/** Bit string; `unused` bits at its end do not count. */
export function bitString(content: Buffer, unused = 0): Buffer {
  return element(0x03, Buffer.from([unused]), content);
}

export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5); whole seconds. */
export function time(date: Date): Buffer {
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(`${digits(date).slice(2)}Z`))
    : generalizedTime(date);
}

/** GeneralizedTime; `fraction` are the digits after the second, none by default. */
export function generalizedTime(date: Date, fraction = ''): Buffer {
  const tail = fraction === '' ? '' : `.${fraction}`;
  return element(0x18, Buffer.from(`${digits(date)}${tail}Z`));
}

function digits(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
}
