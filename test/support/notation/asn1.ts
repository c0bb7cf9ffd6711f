import { encodeDer } from '#shared/notation/encode-der.ts';

/** Builders of DER elements, each from its contents. */
export const seq = (...items: readonly Buffer[]): Buffer => encodeDer(0x30, ...items);
export const set = (...items: readonly Buffer[]): Buffer => encodeDer(0x31, ...items);
export const octets = (bytes: Buffer): Buffer => encodeDer(0x04, bytes);
export const bits = (bytes: Buffer, unused = 0): Buffer =>
  encodeDer(0x03, Buffer.from([unused]), bytes);
export const bool = (value: boolean): Buffer => encodeDer(0x01, Buffer.from([value ? 0xff : 0]));
export const nothing: Buffer = encodeDer(0x05);

/** Context-specific elements: `[n] { … }` and `[n]` with bare content. */
export const explicit = (number: number, ...items: readonly Buffer[]): Buffer =>
  encodeDer(0xa0 + number, ...items);
export const implicit = (number: number, content: Buffer): Buffer =>
  encodeDer(0x80 + number, content);

export function int(value: number | Buffer): Buffer {
  if (Buffer.isBuffer(value)) return encodeDer(0x02, value);
  const hex = value.toString(16).padStart(2, '0');
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return encodeDer(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left % 128) + 128);
    return groups;
  });
  return encodeDer(0x06, Buffer.from(octets));
}

/** GeneralizedTime to the second, or with the fraction given. */
export function generalizedTime(time: number, fraction = ''): Buffer {
  const digits = new Date(time).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
  return encodeDer(0x18, Buffer.from(`${digits}${fraction}Z`));
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050. */
export function validityTime(time: number): Buffer {
  const general = generalizedTime(time);
  if (new Date(time).getUTCFullYear() >= 2050) return general;
  return encodeDer(0x17, general.subarray(4));
}

/** A Name of UTF8Strings from pairs like `['CN', 'signer']`. */
export function name(attributes: readonly (readonly [string, string])[]): Buffer {
  return seq(
    ...attributes.map(([type, value]) =>
      set(seq(oid(ATTRIBUTES[type] ?? type), encodeDer(0x0c, Buffer.from(value)))),
    ),
  );
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
};
