import { decodeBase64 } from '../base/base64.ts';

/** The DER contents of all PEM blocks with this label, in order; other text is passed over (RFC 7468). */
export function splitPem(text: string, label: string): readonly Buffer[] {
  const block = new RegExp(
    `-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`,
    'g',
  );
  return [...text.matchAll(block)].flatMap((match) => {
    const der = decodeBase64((match[1] ?? '').replaceAll(/\s/g, ''));
    return der === undefined ? [] : [der];
  });
}
