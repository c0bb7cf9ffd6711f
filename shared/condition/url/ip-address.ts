/** Four numbers up to 255 without leading zeros, which some read as octal ones. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}(?<!\.)$/;

/** An IP address in one spelling: dotted, also where it is inside an IPv6 address, or shortened as RFC 5952 says. */
export type IpAddress = string & { readonly brand: 'IpAddress' };

/** Reads an IP address without a zone (Go: `net.ParseIP`); undefined for other text. */
export function readIpAddress(text: string): IpAddress | undefined {
  if (IPV4.test(text)) return text as IpAddress;
  if (!/^[0-9A-Fa-f:.]+$/.test(text) || !text.includes(':')) return undefined;
  const canonical = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1);
  return canonical === undefined
    ? undefined
    : (mappedAddress(canonical) ?? (canonical as IpAddress));
}

/** The text of 4 or 16 bytes. */
export function formatIpAddress(bytes: Buffer): IpAddress | undefined {
  if (bytes.length === 4) return readIpAddress(bytes.join('.'));
  return readIpAddress(bytes.toString('hex').replaceAll(/(.{4})(?!$)/g, '$1:'));
}

/** RFC 4291 §2.5.5.2: `::ffff:a00:1` is 10.0.0.1. */
function mappedAddress(canonical: string): IpAddress | undefined {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const groups = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return groups.flatMap((group) => [group >> 8, group & 0xff]).join('.') as IpAddress;
}

/** Addresses of this machine (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
const LOOPBACK = /^(?:127\.|::1$)/;

/** Addresses of private networks (RFC 1918, RFC 4193). */
const PRIVATE = /^(?:10\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|f[cd][0-9a-f]{2}:)/;

/** Whether an address is of this machine or of a private network; link-local ones are neither (Kyverno 1.19). */
export function isInternalAddress(address: IpAddress): boolean {
  return LOOPBACK.test(address) || PRIVATE.test(address);
}
