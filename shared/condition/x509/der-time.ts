import { DER_TAG, type DerElement } from '../../base/der.ts';
import { formatRfc3339, type Instant } from '../time/instant.ts';
import { parseTime } from '../time/parse-time.ts';
import { X509Error } from './x509-error.ts';

/** With or without seconds, and an offset that is not zero where it is not UTC. */
const UTC_TIME = /^\d{10}(?:\d{2})?(?:Z|[-+](?!0000)\d{4})$/;
const GENERALIZED_TIME = /^\d{14}(?:Z|[-+](?!0000)\d{4})$/;

/** UTCTime or GeneralizedTime in RFC 3339, in the offset that it was written in. @throws {X509Error} */
export function readDerTime({ tag, contents }: DerElement): string {
  const text = contents.toString('latin1');
  const instant =
    tag === DER_TAG.utcTime ? utcTime(text) : tag === DER_TAG.generalizedTime && generalized(text);
  if (typeof instant === 'object') return formatRfc3339(instant);
  throw new X509Error('x509: malformed time');
}

function utcTime(text: string): Instant | undefined {
  if (!UTC_TIME.test(text)) return undefined;
  // RFC 5280 §4.1.2.5.1: years from 50 on are of the last century.
  const full = `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}`;
  return parseTime('20060102150405Z0700', full) ?? parseTime('200601021504Z0700', full);
}

function generalized(text: string): Instant | undefined {
  return GENERALIZED_TIME.test(text) ? parseTime('20060102150405Z0700', text) : undefined;
}
